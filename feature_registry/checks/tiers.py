"""Tiers: a decision at the edge reads no feature that stays in the cloud."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.checks.draft import Draft, Spot
from feature_registry.checks.reads import Reads
from feature_registry.diagnostics import Diagnostic

_CLOUD_TIER = 3


def cloud_features_at_the_edge(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for rules of edge decisions that read tier 3, with the way from the rule to the feature."""
    reads = Reads(draft, lambda feature: feature.tier == _CLOUD_TIER)
    for name, decision in draft.registry.decisions.items():
        if decision.runs != "edge":
            continue
        for rule in decision.rules:
            for feature, way in reads.of_rule(rule).items():
                through = f" through {', '.join(way)}" if way else ""
                number = rule.at.rpartition("/")[2]
                message = f"`{name}` runs at the edge, but its rule {number} reads `{feature}` of tier 3{through}"
                help_line = f'set "runs": "cloud" on `{name}`, or sync `{feature}` to the edge as tier 2'
                yield draft.error("tier-3-at-edge", Spot("decisions", name, rule.at), message, help_line)
