"""Where a decision should run, and why: questions first, then scores.

1. What forces a decision to the cloud: features that may not leave it, code that no platform takes.
2. The four questions, and `needs.offline`: each yes speaks for the edge or for the cloud. Both sides: a hybrid, which
   decides at the edge and asks the cloud when it is unsure. One side: that one.
3. No yes at all: the sum of the scores, the edge when it is even.

So a smaller latency budget can only move a decision towards the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from decision_engine.advisor.assumptions import Assumptions
from decision_engine.advisor.costs import Cost, cheapest, costs
from decision_engine.advisor.facts import Facts
from decision_engine.advisor.latency import Way, ways
from decision_engine.advisor.questions import Question, ask, forced_to_cloud


class Placement(StrEnum):
    """Where a decision runs."""

    EDGE = "edge"
    HYBRID = "hybrid"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Scored:
    """How much one aspect speaks for the edge: from 1 (edge) to -1 (cloud); None where too little is known."""

    aspect: str
    score: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """The advice for one decision, with everything that it rests on. `conflicts` are needs that it cannot meet."""

    facts: Facts
    assumed: Assumptions
    placement: Placement
    reasons: tuple[str, ...]
    conflicts: tuple[str, ...]
    questions: tuple[Question, ...]
    scores: tuple[Scored, ...]
    ways: tuple[Way, ...]
    costs: tuple[Cost, ...]

    @property
    def way(self) -> Way:
        """The way to decide where it should run."""
        return next(way for way in self.ways if way.placement == self.placement)

    @property
    def cost(self) -> Cost | None:
        """The cheapest cost there that is known whole."""
        return cheapest(self.costs, self.placement)


def advise(facts: Facts, assumptions: Assumptions) -> Advice:
    """Advice for one decision."""
    assumed = assumptions.of(facts.decision)
    questions, forced = ask(facts, assumed), tuple(forced_to_cloud(facts))
    found_ways, found_costs = ways(facts, assumed), costs(facts, assumed)
    scores = _scores(facts, assumed, questions, forced, found_ways, found_costs)
    placement, reasons = _place(facts, questions, forced, scores)
    way = next(one for one in found_ways if one.placement == placement)
    return Advice(
        facts,
        assumed,
        placement,
        reasons,
        tuple(_conflicts(facts, placement, way, questions)),
        questions,
        scores,
        found_ways,
        found_costs,
    )


def _place(
    facts: Facts, questions: tuple[Question, ...], forced: tuple[str, ...], scores: tuple[Scored, ...]
) -> tuple[Placement, tuple[str, ...]]:
    if forced:
        return Placement.CLOUD, forced
    for_edge = [question.why for question in questions if question.answer and question.speaks_for == "edge"]
    for_cloud = [question.why for question in questions if question.answer and question.speaks_for == "cloud"]
    if facts.offline:
        for_edge.append("it must work without the cloud")
    if for_edge and for_cloud:
        return Placement.HYBRID, (*for_edge, *for_cloud)
    if for_edge:
        return Placement.EDGE, tuple(for_edge)
    if for_cloud:
        return Placement.CLOUD, tuple(for_cloud)
    total = sum(one.score for one in scores if one.score is not None)
    said = tuple(one.why for one in scores if one.score)
    if total >= 0:
        return Placement.EDGE, said or ("nothing speaks for the cloud",)
    return Placement.CLOUD, said


def _conflicts(facts: Facts, placement: Placement, way: Way, questions: tuple[Question, ...]) -> list[str]:
    found = []
    if facts.offline and placement is Placement.CLOUD:
        found.append("it must work without the cloud, and cannot: shoppers get its `otherwise` then")
    if placement is Placement.CLOUD:
        found += [f"speaks for the edge: {one.why}" for one in questions if one.answer and one.speaks_for == "edge"]
    within = way.within(facts.latency)
    late = [name.upper() for name in ("p50", "p95") if within[name] is False]  # at worst, most budgets are passed
    if late:
        found.append(f"the budget of {facts.latency:g} ms is passed at {' and '.join(late)}")
    return found


def _scores(
    facts: Facts,
    assumed: Assumptions,
    questions: tuple[Question, ...],
    forced: tuple[str, ...],
    found_ways: tuple[Way, ...],
    found_costs: tuple[Cost, ...],
) -> tuple[Scored, ...]:
    by_name = {question.name: question for question in questions}
    edge, cloud = cheapest(found_costs, Placement.EDGE), cheapest(found_costs, Placement.CLOUD)
    return (
        _latency_score(facts, by_name["fast"], found_ways[-1]),
        _privacy_score(by_name["sensitive"], forced, facts),
        _size_score(facts),
        Scored("cadence", -1.0 if by_name["changing"].answer else 0.0, by_name["changing"].why),
        Scored("experiments", -1.0 if by_name["central"].answer else 0.0, by_name["central"].why),
        Scored(
            "offline", float(facts.offline), "must work without the cloud" if facts.offline else "may need the cloud"
        ),
        _volume_score(assumed, edge, cloud),
        _value_score(assumed, edge, cloud),
    )


def _latency_score(facts: Facts, fast: Question, cloud: Way) -> Scored:
    """1 when the cloud passes the budget at P95, a half when the budget is small, else 0."""
    if facts.latency is None:
        return Scored("latency", 0.0, fast.why)
    if not cloud.within(facts.latency)["p95"]:
        return Scored("latency", 1.0, f"the cloud takes {cloud.total.p95:.3g} ms at P95 of {facts.latency:g} ms")
    return Scored("latency", 0.5 if fast.answer else 0.0, "the cloud keeps the budget at P95")


def _privacy_score(sensitive: Question, forced: tuple[str, ...], facts: Facts) -> Scored:
    if any(one.is_cloud_only for one in facts.features):
        return Scored("privacy", -1.0, forced[0])
    return Scored("privacy", 1.0 if sensitive.answer else 0.0, sensitive.why)


def _size_score(facts: Facts) -> Scored:
    """0 when every platform takes the code, -1 when none does."""
    if not facts.fits:
        return Scored("model size", None, "not measured")
    refused = [fit for fit in facts.fits if fit.problem is not None]
    models = f"{len(facts.models)} model{'' if len(facts.models) == 1 else 's'} of {sum(facts.models.values()):,} bytes"
    why = (
        f"{models}, too much for {', '.join(fit.platform for fit in refused)}"
        if refused
        else f"{models}, fits everywhere"
    )
    return Scored("model size", 0.0 if not refused else -len(refused) / len(facts.fits), why)


def _volume_score(assumed: Assumptions, edge: Cost | None, cloud: Cost | None) -> Scored:
    """What the cheaper side saves, as a share of the dearer one."""
    if edge is None or cloud is None:
        return Scored("volume", None, "a price is not established")
    dearer = max(edge.known, cloud.known)
    score = 0.0 if dearer == 0 else (cloud.known - edge.known) / dearer
    asked = f"{assumed.requests_per_month:,.0f} a month cost"
    why = f"{asked} {edge.known:,.2f} on {edge.platform}, {cloud.known:,.2f} in the cloud"
    return Scored("volume", score, why)


def _value_score(assumed: Assumptions, edge: Cost | None, cloud: Cost | None) -> Scored:
    """What the cheaper side saves, as a share of what the decisions are worth."""
    if assumed.value_per_thousand is None:
        return Scored("value", None, "no value is given")
    worth = assumed.requests_per_month / 1000 * assumed.value_per_thousand
    if edge is None or cloud is None or worth <= 0:
        return Scored("value", None if worth > 0 else 0.0, f"worth {worth:,.2f} a month")
    score = max(-1.0, min(1.0, (cloud.known - edge.known) / worth))
    return Scored("value", score, f"worth {worth:,.2f} a month; the edge saves {cloud.known - edge.known:,.2f}")
