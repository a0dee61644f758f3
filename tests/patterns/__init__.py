"""Tests of patterns: the language, what is refused, the canonical form, and attacks."""
