"""The targets: each folder turns a program into the code of one kind of runtime."""
