"""The reference page of privacy scores, from the points that `check` counts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from feature_registry.privacy import (
    BOUND_TO_REGION,
    DATA_CLASSES,
    LINKABILITIES,
    MOST_AT_EDGE,
    MOST_IN_CLOUD,
    USUAL_LINKABILITY,
    WITHOUT_PURPOSE,
    Destination,
    score,
)

_MEANING = {
    Destination.EDGE: "edge",
    Destination.CLOUD: "cloud only",
    Destination.AGGREGATE: "aggregates only",
}


def privacy_page() -> str:
    """Markdown: the points, what a score means, and a table of every combination."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Privacy scores"
    yield ""
    yield "What a feature's contract says of it gives points; their sum is the feature's privacy score, and the score"
    yield "alone says where the feature may go. `edgewise check` counts it: a rule that reads a feature where that may"
    yield "not go is an error (`too-private`), with the way from the rule to the feature and what gives the points."
    yield ""
    yield "| score | where | which means |"
    yield "|---|---|---|"
    yield f"| 0 to {MOST_AT_EDGE} | edge | any decision may read it |"
    cloud = 'decisions with `"runs": "cloud"` may read it; it cannot be of tier 1 or 2'
    yield f"| {MOST_AT_EDGE + 1} to {MOST_IN_CLOUD} | cloud only | {cloud} |"
    yield f"| {MOST_IN_CLOUD + 1} and more | aggregates only | no decision about one visitor may read it |"
    yield ""
    yield "## Points"
    yield ""
    yield "| what | points |"
    yield "|---|---|"
    for name, points in DATA_CLASSES.items():
        yield f"| `data_class` {name} | {points} |"
    for name, points in LINKABILITIES.items():
        yield f"| `linkability` {name} | {points} |"
    yield f"| no `purposes`: nobody can deny it | {WITHOUT_PURPOSE} |"
    yield f"| a `region` that it must stay in: edges stand everywhere | {BOUND_TO_REGION} |"
    yield ""
    usual = ", ".join(f"{linkability} for {data_class}" for data_class, linkability in USUAL_LINKABILITY.items())
    yield f"A feature that names no `linkability` has the usual one: {usual}."
    yield ""
    yield "## Every combination"
    yield ""
    yield "| data class | linkability | purposes | region | score | where |"
    yield "|---|---|---|---|---|---|"
    for data_class, linkability, has_purposes, has_region in product(
        DATA_CLASSES, LINKABILITIES, (True, False), (False, True)
    ):
        found = score(data_class, linkability, has_purposes=has_purposes, has_region=has_region)
        words = f"{'named' if has_purposes else 'none'} | {'bound' if has_region else 'free'}"
        yield f"| {data_class} | {linkability} | {words} | {found.total} | {_MEANING[found.destination]} |"
