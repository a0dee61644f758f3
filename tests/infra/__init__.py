"""Tests of the outermost layer."""
