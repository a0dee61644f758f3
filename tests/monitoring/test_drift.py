"""Drift: what is found, what is not, and what cannot be said."""

import numpy as np
import pytest

from decision_engine.monitoring import (
    Baseline,
    Drift,
    Histogram,
    State,
    Tally,
    Thresholds,
    measure_drift,
    number_bin,
)
from tests.monitoring.material import DIGEST, OTHER_DIGEST, add_value, baseline_of, tally_of

DEFAULTS = Thresholds()


def drift(baseline: Baseline | None, tally: Tally, *, digest: str = DIGEST, version: int = 1) -> Drift:
    return measure_drift("m", baseline, tally, DEFAULTS, digest=digest, versions={"price": version})


def test_the_same_values_have_an_index_of_zero() -> None:
    values = np.random.default_rng(1).lognormal(3, 1, 2000).tolist()
    found = drift(baseline_of(values), tally_of(values))
    [price] = found.compared
    assert (found.state, price.psi, price.p) == (State.OK, 0, 1)


@pytest.mark.parametrize(
    ("shift", "state"), [(0.0, State.OK), (0.35, State.WARN), (0.8, State.BREACH), (-0.8, State.BREACH)]
)
def test_a_shift_is_found_by_its_size(shift: float, state: State) -> None:
    random = np.random.default_rng(2)
    before, after = random.normal(0, 1, 4000), random.normal(shift, 1, 4000)
    found = drift(baseline_of(np.exp(before).tolist()), tally_of(np.exp(after).tolist()))
    assert found.state is state
    assert len(found.findings) == (state is not State.OK)


def test_shifts_are_found_nearly_always_and_no_shift_nearly_never() -> None:
    random = np.random.default_rng(3)
    thresholds = Thresholds(least=500)
    alarms = {0.0: 0, 0.6: 0}
    for shift in alarms:
        for _ in range(60):
            names = [f"f{n}" for n in range(5)]
            features = {}
            tally = Tally()
            for place, name in enumerate(names):
                before = np.exp(random.normal(0, 1, 800)).tolist()
                after = np.exp(random.normal(shift if place == 0 else 0, 1, 800)).tolist()
                features[name] = baseline_of(before, name=name).features[name]
                for value in after:
                    add_value(tally, value, name=name)
            baseline = baseline_of([1.0]).model_copy(update={"features": features})
            found = measure_drift("m", baseline, tally, thresholds, digest=DIGEST, versions=dict.fromkeys(names, 1))
            alarms[shift] += found.state is not State.OK
    assert alarms[0.0] <= 1  # of 60 windows with five inputs each
    assert alarms[0.6] >= 59


def test_p_values_are_even_without_a_shift() -> None:
    random = np.random.default_rng(4)
    small = []
    for _ in range(300):
        before, after = random.lognormal(0, 1, 600).tolist(), random.lognormal(0, 1, 600).tolist()
        [price] = drift(baseline_of(before), tally_of(after)).compared
        assert price.tested is not None
        small.append(price.tested.p < 0.05)
    assert np.mean(small) <= 0.08  # at most alpha, but for the noise of 300 windows


def test_values_that_stop_coming_are_drift() -> None:
    values: list[float | None] = [float(n % 50) for n in range(2000)]
    found = drift(baseline_of(values), tally_of([*values[:1000], *[None] * 1000]))
    [price] = found.compared
    assert found.state is State.BREACH
    assert (price.baseline_absent, price.window_absent) == (0, 0.5)
    gone = drift(baseline_of(values), tally_of([None] * 2000))
    assert gone.state is State.BREACH
    assert gone.compared[0].tested is not None
    assert gone.compared[0].tested.test == "chi-square"


def test_new_labels_are_drift() -> None:
    baseline = baseline_of([1.0])
    labels = Histogram(scale="category", bins={"a": 500, "b": 500})
    baseline = baseline.model_copy(update={"features": {"price": labels}})
    tally = Tally()
    tally.see(0, 1, DIGEST)
    tally.values_of("price", 1, "category").bins.update({"a": 500, "(other)": 500})
    found = drift(baseline, tally)
    assert found.state is State.BREACH
    assert found.compared[0].groups == 3


def test_scores_are_compared_by_the_digest_of_the_model() -> None:
    scores = {str(number_bin(n / 1000)): 1 for n in range(1000)}
    baseline = baseline_of([1.0]).model_copy(
        update={"features": {}, "score": Histogram(scale="number", bins=dict.fromkeys(scores, 10))}
    )
    tally = Tally()
    tally.see(0, 1, DIGEST)
    tally.scores_of("m", DIGEST, "number").bins.update(dict.fromkeys(scores, 10))
    tally.scores_of("m", OTHER_DIGEST, "number").bins.update({"5": 9000})
    assert len(scores) < 500
    found = drift(baseline, tally)
    assert (found.state, found.compared[0].kind, found.compared[0].window_sessions) == (
        State.OK,
        "score",
        10 * len(scores),
    )


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("no baseline", "has no baseline"),
        ("other model file", "was made of another model file"),
        ("other model", "expected the baseline of `m`"),
        ("new version", "in version 2 now"),
        ("small window", "expected at least 500 sessions"),
        ("small baseline", "expected at least 500 sessions"),
        ("no window", "found 1,000 in the baseline and 0"),
        ("no value", "has no value in any session"),
    ],
)
def test_what_cannot_be_said_is_a_finding_of_its_own(case: str, text: str) -> None:
    enough: list[float | None] = [float(n) for n in range(1000)]
    found = {
        "no baseline": lambda: drift(None, tally_of(enough)),
        "other model file": lambda: drift(baseline_of(enough), tally_of(enough), digest=OTHER_DIGEST),
        "other model": lambda: drift(baseline_of(enough).model_copy(update={"model": "n"}), tally_of(enough)),
        "new version": lambda: drift(baseline_of(enough), tally_of(enough), version=2),
        "small window": lambda: drift(baseline_of(enough), tally_of(enough[:499])),
        "small baseline": lambda: drift(baseline_of(enough[:499]), tally_of(enough)),
        "no window": lambda: drift(baseline_of(enough), Tally()),
        "no value": lambda: drift(baseline_of([None] * 1000), tally_of([None] * 1000)),
    }[case]()
    assert found.state is State.NOT_ENOUGH_DATA
    [finding] = found.findings
    assert text in finding.message


def test_too_many_groups_for_the_sessions_say_nothing() -> None:
    many = Histogram(scale="category", bins={f"label {n}": 10 for n in range(90)})
    baseline = baseline_of([1.0]).model_copy(update={"features": {"price": many}})
    tally = Tally()
    tally.see(0, 1, DIGEST)
    tally.values_of("price", 1, "category").bins.update(many.bins)
    [finding] = drift(baseline, tally).findings
    assert finding.state is State.NOT_ENOUGH_DATA
    assert "chance alone" in finding.message
