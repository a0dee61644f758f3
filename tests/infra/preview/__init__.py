"""Previews: every count by brute force with the reference evaluator."""
