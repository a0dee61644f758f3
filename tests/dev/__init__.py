"""Tests of the local edge."""
