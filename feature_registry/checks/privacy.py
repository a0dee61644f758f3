"""Privacy: no decision reads a feature that must not go where it runs, and no tier promises more than that."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.checks.draft import Draft, Spot
from feature_registry.checks.reads import Reads
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Feature
from feature_registry.privacy import MOST_AT_EDGE, MOST_IN_CLOUD, Destination, privacy_score, reasons

_EDGE_TIERS = (1, 2)


def private_features_in_decisions(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for rules that read features which must not go to the edge, or not into any single decision."""
    beyond_edge = Reads(draft, lambda feature: privacy_score(feature).destination is not Destination.EDGE)
    beyond_cloud = Reads(draft, lambda feature: privacy_score(feature).destination is Destination.AGGREGATE)
    for name, decision in draft.registry.decisions.items():
        at_edge = decision.runs == "edge"
        for rule in decision.rules:
            for feature, way in (beyond_edge if at_edge else beyond_cloud).of_rule(rule).items():
                through = f" through {', '.join(way)}" if way else ""
                number = rule.at.rpartition("/")[2]
                most = MOST_AT_EDGE if at_edge else MOST_IN_CLOUD
                message = (
                    f"`{name}` runs {'at the edge' if at_edge else 'in the cloud'}, but its rule {number} reads "
                    f"`{feature}`{through}, whose privacy score is {_score(draft, feature)}, above {most}"
                )
                help_line = _help(name, draft.registry.features[feature], at_edge)
                yield draft.error("too-private", Spot("decisions", name, rule.at), message, help_line)


def private_tiers(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for features that are kept for the edge by their tier, and kept from it by their privacy score."""
    for name, feature in draft.registry.features.items():
        if "tier" not in feature.model_fields_set or feature.tier not in _EDGE_TIERS:
            continue
        if privacy_score(feature).destination is not Destination.EDGE:
            message = f"expected tier 3, since the privacy score is {_score(draft, name)}, above {MOST_AT_EDGE}"
            help_line = f"{message_of(feature)}; tiers 1 and 2 go to the edge"
            yield draft.error(
                "too-private", Spot("features", name, "/tier"), f"{message}, found tier {feature.tier}", help_line
            )


def message_of(feature: Feature) -> str:
    """What gives a feature its privacy score."""
    return f"the score is {privacy_score(feature).total}: {reasons(feature)}"


def _score(draft: Draft, feature: str) -> int:
    return privacy_score(draft.registry.features[feature]).total


def _help(decision: str, feature: Feature, at_edge: bool) -> str:
    is_for_cloud = privacy_score(feature).destination is Destination.CLOUD
    way_out = f'set "runs": "cloud" on `{decision}`, or ' if at_edge and is_for_cloud else ""
    return f"{way_out}read something that says less; {message_of(feature)}"
