"""The suite `rules`: fifty flags over twenty cohorts, the same ones for Edgewise and for other flag evaluators."""

from infra.bench.rules.suite import measure_rules

__all__ = ["measure_rules"]
