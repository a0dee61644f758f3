"""The hosts: all text work around the numeric `decide`, once in Python, once in JavaScript (docs/reference/host.md)."""
