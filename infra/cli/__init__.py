"""The command line, one file a command; main.py holds the table of commands and maps exceptions to exit codes."""
