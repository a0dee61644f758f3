"""The reference page of consent: the jurisdictions, and what the gate makes of every signal in each of them."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from decision_engine.hosts.python.consent import Ruling, decide_consent
from infra.consent import AT, CONFIGURATION, SCENARIOS, Scenario, place_rows


def consent_page() -> str:
    """Markdown: jurisdictions with dates and sources, the columns, and a table for each purpose."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    purposes = [purpose["name"] for purpose in CONFIGURATION["purposes"]]
    yield "# Consent: jurisdiction, signal, purpose"
    yield ""
    counts = len(place_rows()), len(SCENARIOS), len(purposes)
    yield f"What the gate decides at 2026-11-21, cell by cell: {counts[0]} jurisdictions, {counts[1]} signals and"
    yield f"{counts[2]} purposes, {prod(counts)} cells. [The guide](../consent.md) says how. The policy of the"
    yield "tables is the usual one (`publisher_segment` required, the usual purposes of the TCF) with the cookie groups"
    yield "C0003 for storage, C0003 and C0004 for personalisation, C0002 for analytics."
    yield ""
    yield "## Jurisdictions"
    yield ""
    yield "| where | places | regime | GPP sections | since | law | source |"
    yield "|---|---|---|---|---|---|---|"
    for one, *_ in place_rows():
        sections = "; ".join(" else ".join(map(str, each)) for each in one.sections) or "none"
        places = " ".join(f"`{place}`" for place in one.places)
        regime = one.regime.replace("_", "-")
        yield f"| {one.title} | {places} | {regime} | {sections} | {one.since} | {one.law} | {one.source} |"
    yield ""
    yield "Of sections with `else` between them the first one that a string has counts; of lists with `;` between them"
    yield "all count."
    yield ""
    yield "## Signals"
    yield ""
    yield "| column | signal |"
    yield "|---|---|"
    for scenario in SCENARIOS:
        yield f"| `{scenario.key}` | {scenario.title} |"
    yield ""
    yield "\"The state's section\" is California's (8) where the place has no state with a section of its own."
    for index, purpose in enumerate(purposes):
        yield ""
        yield f"## {purpose.capitalize()}"
        yield ""
        yield "`+` granted, `-` denied, `?+` unknown and allowed, `?-` unknown and denied, and by what."
        yield ""
        yield f"| where | {' | '.join(scenario.key for scenario in SCENARIOS)} |"
        yield f"|---|{'---|' * len(SCENARIOS)}"
        for one, country, region, state in place_rows():
            rulings = [_ruling(scenario, country, region, state, index) for scenario in SCENARIOS]
            yield f"| {one.title} | {' | '.join(map(cell, rulings))} |"


def cell(ruling: Ruling) -> str:
    """One cell: a mark and the basis."""
    mark = {"granted": "+", "denied": "-", "unknown": "?+" if ruling.allowed else "?-"}[ruling.state]
    return f"{mark} {ruling.basis}"


def _ruling(scenario: Scenario, country: str | None, region: str | None, state: int, index: int) -> Ruling:
    return decide_consent(CONFIGURATION, scenario.at_place(country, region, state), AT).rulings[index]
