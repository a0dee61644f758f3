"""Where decisions should run: what forces, what asks, what only counts; and that nothing moves the wrong way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.advisor import Facts, Fit, Placement, Spread, advise, shown, ways
from decision_engine.advisor.facts import FeatureFacts
from tests.advisor.material import (
    COUNTRY,
    FITS,
    HEALTH,
    INTERESTS,
    LOYALTY,
    PLAIN,
    RETURNS,
    SIZE,
    STOCK,
    assume,
    facts,
)

NEAR = assume(network_to_cloud={"p50": 1, "p95": 2, "worst": 3}, edge_memory_mb=1e9, sync_minutes=0.5)
"""A cloud next door: it keeps every budget of these tests."""

ORDER = (Placement.EDGE, Placement.HYBRID, Placement.CLOUD)


def test_without_any_yes_the_edge_is_advised() -> None:
    advice = advise(PLAIN, assume())
    assert advice.placement is Placement.EDGE
    assert not any(question.answer for question in advice.questions)


@pytest.mark.parametrize(
    ("name", "before", "after", "given"),
    [
        ("fast", facts(latency=100, far_units=("test",)), facts(latency=99, far_units=("test",)), {}),
        ("sensitive", facts(COUNTRY, far_units=("test",)), facts(SIZE, far_units=("test",)), {}),
    ],
)
def test_a_yes_for_the_edge_turns_cloud_into_hybrid(
    name: str, before: Facts, after: Facts, given: dict[str, object]
) -> None:
    for asked, answer, placement in ((before, False, Placement.CLOUD), (after, True, Placement.HYBRID)):
        advice = advise(asked, assume(**given))
        assert {question.name: question.answer for question in advice.questions}[name] is answer
        assert advice.placement is placement


@pytest.mark.parametrize(
    ("name", "before", "after", "less", "more"),
    [
        ("changing", PLAIN, PLAIN, {"changes_per_day": 28}, {"changes_per_day": 29}),
        ("changing", facts(STOCK), facts(STOCK), {"sync_minutes": 1}, {"sync_minutes": 2}),
        ("central", PLAIN, facts(far_units=("account_test",)), {}, {}),
        ("central", PLAIN, PLAIN, {}, {"central_experimentation": True}),
    ],
)
def test_a_yes_for_the_cloud_turns_edge_into_cloud(
    name: str, before: Facts, after: Facts, less: dict[str, object], more: dict[str, object]
) -> None:
    for asked, assumed, answer, placement in (
        (before, less, False, Placement.EDGE),
        (after, more, True, Placement.CLOUD),
    ):
        advice = advise(asked, assume(**assumed))
        assert {question.name: question.answer for question in advice.questions}[name] is answer
        assert advice.placement is placement


def test_the_assumptions_overrule_what_the_registry_says_of_experiments() -> None:
    assert advise(facts(far_units=("test",)), assume(central_experimentation=False)).placement is Placement.EDGE


@pytest.mark.parametrize("feature", [RETURNS, HEALTH])
def test_what_may_not_leave_the_cloud_forces_it(feature: FeatureFacts) -> None:
    advice = advise(facts(COUNTRY, feature, latency=20, offline=True), assume())
    assert advice.placement is Placement.CLOUD
    assert f"`{feature.name}`" in advice.reasons[0]
    assert any("without the cloud" in conflict for conflict in advice.conflicts)
    assert any("P50 and P95" in conflict for conflict in advice.conflicts)


def test_code_that_no_platform_takes_forces_the_cloud() -> None:
    refused = tuple(Fit(one.platform, 10**9, 1, "too large") for one in FITS)
    assert advise(replace(PLAIN, fits=refused), assume()).placement is Placement.CLOUD
    assert advise(replace(PLAIN, latency=20, fits=(*refused[:-1], FITS[-1])), assume()).placement is Placement.EDGE


def test_offline_asks_for_the_edge() -> None:
    assert advise(facts(offline=True, far_units=("test",)), assume()).placement is Placement.HYBRID
    assert advise(facts(offline=True), assume()).placement is Placement.EDGE


def test_costs_settle_what_no_question_does() -> None:
    dear_edge = advise(facts(LOYALTY, STOCK), assume(sync_minutes=0.5, response_bytes=0, cloud_memory_mb=0))
    volume = next(one for one in dear_edge.scores if one.aspect == "volume")
    assert volume.score is not None
    assert (dear_edge.placement is Placement.EDGE) == (sum(one.score or 0 for one in dear_edge.scores) >= 0)
    refused = tuple(Fit(one.platform, 1, 1, "too large" if one.platform != "fastly" else None) for one in FITS)
    unknown = advise(replace(PLAIN, fits=refused), assume())
    assert next(one for one in unknown.scores if one.aspect == "volume").score is None


def test_value_puts_costs_into_proportion() -> None:
    def value(worth: float) -> float:
        advice = advise(PLAIN, assume(value_per_thousand=worth))
        score = next(one for one in advice.scores if one.aspect == "value").score
        assert score is not None
        return score

    advice = advise(PLAIN, assume(value_per_thousand=1.0))
    edge, cloud = (next(one for one in advice.costs if one.placement == side) for side in ("edge", "cloud"))
    assert value(1.0) == pytest.approx((cloud.known - edge.known) / 10_000)
    assert value(0.0001) == 1
    assert next(one for one in advise(PLAIN, assume()).scores if one.aspect == "value").score is None


latencies = st.one_of(st.none(), st.integers(1, 5000))
all_facts = st.builds(
    facts,
    *[st.sampled_from([COUNTRY, LOYALTY, STOCK, SIZE, RETURNS, HEALTH])] * 2,
    offline=st.booleans(),
    far_units=st.sampled_from([(), ("test",)]),
    operations=st.integers(0, 10**8),
)


@given(all_facts, latencies, latencies, st.sampled_from([assume(), NEAR, assume(changes_per_day=100)]))
def test_a_smaller_budget_never_moves_a_decision_towards_the_cloud(
    asked: Facts, one: int | None, other: int | None, assumed: object
) -> None:
    small, large = sorted((one, other), key=lambda budget: float("inf") if budget is None else budget)
    tight, loose = (advise(replace(asked, latency=budget), assumed) for budget in (small, large))  # type: ignore[arg-type]  # Assumptions
    assert ORDER.index(tight.placement) <= ORDER.index(loose.placement)
    scores = [next(score.score for score in advice.scores if score.aspect == "latency") for advice in (tight, loose)]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0] >= scores[1]


@given(all_facts, latencies)
def test_advice_is_the_same_each_time_and_scores_lie_within_one(asked: Facts, latency: int | None) -> None:
    given_facts = replace(asked, latency=latency)
    advice = advise(given_facts, assume(value_per_thousand=0.01))
    assert advice == advise(given_facts, assume(value_per_thousand=0.01))
    assert all(one.score is None or -1 <= one.score <= 1 for one in advice.scores)
    assert advice.reasons


def test_the_split_adds_up_and_each_part_comes_from_its_assumption() -> None:
    asked = facts(LOYALTY, INTERESTS, STOCK, COUNTRY, operations=500_000)
    edge, hybrid, cloud = ways(asked, assume(cpu_factor={"p50": 1, "p95": 3, "worst": 10}))
    parts = {part.name: part.time for part in edge.parts}
    assert parts["network to edge"] == Spread(p50=15, p95=50, worst=200)
    assert parts["encode"].p50 == pytest.approx((50 + 4 * 0.5) / 1000)
    assert parts["encode"].p95 == pytest.approx(3 * (50 + 4 * 0.5) / 1000)
    assert parts["decide"].p50 == pytest.approx(1.0)
    assert parts["store"] == Spread(p50=4, p95=40, worst=600)  # the groups profile and store
    assert edge.total.p50 == pytest.approx(15 + 0.052 + 1 + 4)
    assert cloud.total.p50 == pytest.approx(60 + 5 + 0 + 2 * 4 + 8 + 1.052)
    escalation = hybrid.parts[-1].time
    assert escalation == Spread(p50=0, p95=80, worst=80)  # a tenth of decisions ask, so half of them do not
    assert hybrid.total.p95 == pytest.approx(edge.total.p95 + 80)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, (False, False, False)), (0.05, (False, False, True)), (0.5, (False, True, True)), (0.51, (True, True, True))],
)
def test_escalations_show_where_so_many_ask(share: float, expected: tuple[bool, ...]) -> None:
    escalation = ways(PLAIN, assume(escalation_share=share))[1].parts[-1].time
    assert (escalation.p50 > 0, escalation.p95 > 0, escalation.worst > 0) == expected


def test_an_escalation_is_no_longer_than_the_cloud_takes() -> None:
    fast = {name: {"p50": 1, "p95": 2, "worst": 3} for name in ("edge_to_cloud", "gateway", "cloud_start", "cloud_run")}
    escalation = ways(PLAIN, assume(escalation_share=1.0, **fast))[1].parts[-1].time
    assert escalation.p50 == pytest.approx(4, abs=0.1)
    assert escalation.worst == pytest.approx(12, abs=1)


def test_a_budget_without_the_network_counts_neither_way_to_the_visitor() -> None:
    edge, _, cloud = ways(PLAIN, assume(count_network=False))
    assert "network to edge" not in {part.name for part in edge.parts}
    assert [part.name for part in cloud.parts][0] == "edge to cloud"


def test_a_decision_has_assumptions_of_its_own() -> None:
    assumed = assume(decisions={"hero": {"requests_per_month": 5, "central_experimentation": True}})
    assert advise(PLAIN, assumed).assumed.requests_per_month == 5
    assert advise(PLAIN, assumed).placement is Placement.CLOUD
    assert advise(replace(PLAIN, decision="other"), assumed).placement is Placement.EDGE
    names = {one.name: one for one in shown(assumed)}
    assert names["decisions.hero.requests_per_month"].is_given
    assert not names["requests_per_month"].is_given
    assert names["requests_per_month"].value == 10_000_000
