"""Akamai EdgeWorkers: the worker and its code bundle."""
