"""The four questions that settle where a decision runs, answered from facts and assumptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from decision_engine.advisor.assumptions import Assumptions
from decision_engine.advisor.facts import Facts

_MINUTE = 60_000
_DAY_MINUTES = 1440.0
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer, the side that a yes speaks for, and why the answer is what it is."""

    name: str
    text: str
    speaks_for: str
    answer: bool
    why: str


def ask(facts: Facts, assumed: Assumptions) -> tuple[Question, ...]:
    """The four questions, in their order."""
    return (_fast(facts, assumed), _sensitive(facts), _changing(facts, assumed), _central(facts, assumed))


def forced_to_cloud(facts: Facts) -> Iterator[str]:
    """Why the decision cannot run at an edge at all."""
    far = [one for one in facts.features if one.is_cloud_only]
    for one in far:
        reason = f"is of tier {one.tier}" if one.tier == 3 else f"has the privacy score {one.privacy}"
        yield f"`{one.name}` {reason}: it stays in the cloud"
    if facts.fits and all(fit.problem is not None for fit in facts.fits):
        yield f"its code passes a limit of every platform: {facts.fits[0].problem}"


def _fast(facts: Facts, assumed: Assumptions) -> Question:
    text = f"must it be decided in under {assumed.fast_ms:g} ms?"
    if facts.latency is None:
        return Question("fast", text, "edge", False, "no budget is set in `needs.latency`")
    is_fast = facts.latency < assumed.fast_ms
    return Question("fast", text, "edge", is_fast, f"the budget is {facts.latency:g} ms")


def _sensitive(facts: Facts) -> Question:
    text = "does it read sensitive data that is known where the visitor is?"
    found = [f"`{one.name}` ({one.data_class})" for one in facts.features if one.is_sensitive_here]
    why = f"{_few(found)} need not leave the edge" if found else "what comes with the request says little of a person"
    return Question("sensitive", text, "edge", bool(found), why)


def _changing(facts: Facts, assumed: Assumptions) -> Question:
    text = "does it change too often to be shipped to devices and edges?"
    share = min(1.0, assumed.changes_per_day * assumed.release_minutes / _DAY_MINUTES)
    young = [
        f"`{one.name}` ({one.max_age / _MINUTE:g} min)"
        for one in facts.features
        if one.is_synced and one.max_age is not None and one.max_age < assumed.sync_minutes * _MINUTE
    ]
    if share > assumed.most_in_transition:
        why = f"{assumed.changes_per_day:g} changes a day leave edges apart for {share:.0%} of the time"
        return Question("changing", text, "cloud", True, why)
    if young:
        why = f"{_few(young)} must be younger than the {assumed.sync_minutes:g} min between two syncs"
        return Question("changing", text, "cloud", True, why)
    why = f"{assumed.changes_per_day:g} changes a day leave edges apart for {share:.1%} of the time"
    return Question("changing", text, "cloud", False, why)


def _central(facts: Facts, assumed: Assumptions) -> Question:
    text = "does it need assignment to experiments by the cloud?"
    if assumed.central_experimentation is not None:
        why = "as the assumptions say"
        return Question("central", text, "cloud", assumed.central_experimentation, why)
    found = [f"`{name}`" for name in facts.far_units]
    why = (
        f"the unit of {_few(found)} is not the one that the cookie names"
        if found
        else "the edge knows the unit of every experiment"
    )
    return Question("central", text, "cloud", bool(found), why)


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
