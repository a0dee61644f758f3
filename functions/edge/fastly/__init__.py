"""Fastly Compute: the worker, its build, and the configuration of its service."""
