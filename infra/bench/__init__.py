"""Benchmarks: what Edgewise costs, beside its peers, in one run, printed as ratios."""

__all__: list[str] = []
