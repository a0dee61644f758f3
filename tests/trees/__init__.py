"""Tests of tree models: loading, the reference walker, the packings."""
