"""Drift: whether the inputs and the scores of a model still look as they did in its baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from decision_engine.monitoring.documents import Baseline, Histogram
from decision_engine.monitoring.findings import Finding, State, Thresholds, judge, worst
from decision_engine.monitoring.tally import Subject, Tally, Values
from decision_engine.monitoring.two_samples import (
    Tested,
    chi_square,
    holm,
    kolmogorov_smirnov,
    label_groups,
    number_groups,
    psi_by_chance,
    stability_index,
)

SCORE = "score"
"""The name of the score among the things compared; no feature's kind is called so."""

_MEASURE = "drift"
_ABSENT = "\0"  # no label: labels have a character that is not a control


@dataclass(frozen=True, slots=True)
class Compared:
    """One input, or the score, of a model in the baseline and in the window.

    `psi` counts sessions without a value as a group of their own, `chance` is what it stays below in 99 of 100 windows
    without any change. `p` is adjusted for all inputs of the model. Where nothing can be said, they are None.
    """

    kind: str
    name: str
    state: State
    baseline_sessions: int
    window_sessions: int
    message: str | None = None
    limit: float | None = None
    groups: int = 0
    psi: float | None = None
    chance: float | None = None
    tested: Tested | None = None
    p: float | None = None
    baseline_absent: float | None = None
    window_absent: float | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """All inputs and the score of one model."""

    model: str
    compared: tuple[Compared, ...]
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        """The worst of all findings."""
        return worst(finding.state for finding in self.findings)


def measure_drift(
    model: str,
    baseline: Baseline | None,
    tally: Tally,
    thresholds: Thresholds,
    *,
    digest: str,
    versions: Mapping[str, int],
) -> Drift:
    """The drift of a model whose file has `digest`, by its baseline; `versions` are those of its features now.

    What cannot be compared is a finding of its own: no baseline, one of another model file, another version of a
    feature, another scale, or too few sessions on either side.
    """
    problem = _unfit(model, baseline, digest)
    if baseline is None or problem is not None:
        assert problem is not None, "no baseline is a problem"
        return Drift(model, (), (Finding(_MEASURE, model, State.NOT_ENOUGH_DATA, None, None, problem),))
    compared = []
    for name, histogram in baseline.features.items():
        version = versions.get(name)
        if version != histogram.version:
            now = "gone" if version is None else f"in version {version} now"
            text = f"the baseline has `{name}` in version {histogram.version}, it is {now}: make a new baseline"
            compared.append(_unknown("feature", name, histogram, None, text))
        else:
            found = tally.values.get((Subject(name, str(version)), histogram.scale))
            compared.append(_compare("feature", name, histogram, found, thresholds))
    if baseline.score is not None:
        found = tally.scores.get((Subject(model, digest), baseline.score.scale))
        compared.append(_compare(SCORE, model, baseline.score, found, thresholds))
    adjusted = iter(holm([one.tested.p for one in compared if one.tested is not None]))
    judged = [one if one.tested is None else _judge(replace(one, p=next(adjusted)), thresholds) for one in compared]
    findings = [
        Finding(
            _MEASURE, f"{model}/{one.name if one.kind != SCORE else SCORE}", one.state, one.psi, one.limit, one.message
        )
        for one in judged
        if one.state is not State.OK and one.message is not None
    ]
    return Drift(model, tuple(judged), tuple(findings))


def _unfit(model: str, baseline: Baseline | None, digest: str) -> str | None:
    if baseline is None:
        return f"the model `{model}` has no baseline: `edgewise baseline PATH {model} --data FILE` makes one"
    if baseline.model != model:
        return f"expected the baseline of `{model}`, found that of `{baseline.model}`"
    if baseline.model_digest != digest:
        return f"the baseline of `{model}` was made of another model file: make a new one"
    return None


def _compare(kind: str, name: str, baseline: Histogram, window: Values | None, thresholds: Thresholds) -> Compared:
    n = sum(baseline.bins.values()) + baseline.absent
    m = 0 if window is None else window.present + window.absent
    least = thresholds.least
    shown = f"the score of `{name}`" if kind == SCORE else f"`{name}`"
    if window is None or min(n, m) < least:
        text = f"expected at least {least:,} sessions with {shown} on both sides, found {n:,} in the baseline and {m:,}"
        return _unknown(kind, name, baseline, window, text)
    if not baseline.bins and not window.bins:
        return _unknown(kind, name, baseline, window, f"{shown} has no value in any session")
    groups = _groups(baseline, window)
    chance = psi_by_chance(len(groups), n, m)
    if chance >= thresholds.psi_breach:
        text = f"{shown} falls into {len(groups)} groups: chance alone makes an index of up to {chance:.2f}"
        return _unknown(kind, name, baseline, window, text)
    psi = stability_index([a for a, _ in groups], [b for _, b in groups])
    return Compared(
        kind,
        name,
        State.OK,
        n,
        m,
        groups=len(groups),
        psi=psi,
        chance=chance,
        tested=_test(baseline, window),
        baseline_absent=baseline.absent / n,
        window_absent=window.absent / m,
    )


def _groups(baseline: Histogram, window: Values) -> list[tuple[int, int]]:
    absent = [(baseline.absent, window.absent)] if baseline.absent or window.absent else []
    if baseline.scale == "number":
        return [*number_groups(_numbers(baseline.bins), _numbers(window.bins)), *absent]
    return [*label_groups(baseline.bins, window.bins), *absent]


def _test(baseline: Histogram, window: Values) -> Tested:
    """Numbers by their order, where both sides have some; else labels, with "no value" as a label of its own."""
    if baseline.scale == "number" and baseline.bins and window.bins:
        return kolmogorov_smirnov(_numbers(baseline.bins), _numbers(window.bins))
    return chi_square(_labels(baseline.bins, baseline.absent), _labels(window.bins, window.absent))


def _judge(one: Compared, thresholds: Thresholds) -> Compared:
    assert one.psi is not None and one.chance is not None  # what is tested has both
    assert one.tested is not None and one.p is not None  # the same
    shown = "the score" if one.kind == SCORE else f"`{one.name}`"
    state, limit = judge(one.psi, thresholds.psi_warn, thresholds.psi_breach)
    if state is not State.OK and one.psi > one.chance:
        return replace(one, state=state, limit=limit, message=f"{shown} has drifted: stability index {one.psi:.3f}")
    if one.p < thresholds.alpha and one.tested.effect >= thresholds.effect:
        text = f"{shown} has changed: {one.tested.test} effect {one.tested.effect:.3f}, p {one.p:.2g}"
        return replace(one, state=State.WARN, limit=thresholds.effect, message=text)
    return one


def _unknown(kind: str, name: str, baseline: Histogram, window: Values | None, message: str) -> Compared:
    n = sum(baseline.bins.values()) + baseline.absent
    m = 0 if window is None else window.present + window.absent
    return Compared(kind, name, State.NOT_ENOUGH_DATA, n, m, message)


def _numbers(bins: Mapping[str, int]) -> dict[int, int]:
    return {int(name): count for name, count in bins.items()}


def _labels(bins: Mapping[str, int], absent: int) -> dict[str, int]:
    return {**bins, _ABSENT: absent} if absent else dict(bins)
