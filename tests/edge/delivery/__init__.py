"""Delivery through the worker: pages, headers, routes, previews."""
