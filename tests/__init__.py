"""The tests of Edgewise; helpers are imported by their full name, `tests.<folder>.<module>`."""
