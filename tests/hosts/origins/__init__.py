"""The rule for configured addresses, on both hosts."""
