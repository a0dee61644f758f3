"""Tests of the edge as a whole: the compiled worker in workerd, and the Python host behind a server."""
