"""Requests in columns: the values, vectors and errors of row-by-row code."""
