"""Tests of the importers: the sources' own suites through every engine, and their libraries as oracles."""
