"""Tests of the benchmarks: that they compare the same things, and what they report; never how fast anything is."""
