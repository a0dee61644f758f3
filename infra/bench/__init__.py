"""Benchmarks: what Edgewise costs beside its peers and budgets, in one run, as ratios. One folder a suite."""

__all__: list[str] = []
