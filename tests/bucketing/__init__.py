"""Bucketing: bounds, uniformity, independence."""
