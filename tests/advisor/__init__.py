"""Tests of the advisor: costs by hand, latency, questions, placements, assumptions."""
