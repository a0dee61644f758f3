"""Degrade modes: what the edge does when its release, its features, its own work or the cloud is not as it should be.

    full            all is well
    cloud-assisted  the edge is not up to it, and the cloud is there: decisions of models ask
    local-only      the cloud is not there: nobody asks
    emergency       no valid release within its time: the neutral outcomes

A pure state machine: what is seen goes in, the next state comes out. It gets worse at once, and better only when all
that was bad has been good for a while, so that it does not flicker.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias, TypedDict

from .leaves import Leaf

Mode: TypeAlias = Literal["full", "cloud-assisted", "local-only", "emergency"]

MODES: tuple[Mode, ...] = ("full", "cloud-assisted", "local-only", "emergency")
"""From best to worst."""


class PairTable(TypedDict):
    """A value is bad from `bad` on, and good again below `good`."""

    bad: float
    good: float


class ModeTable(TypedDict):
    """What happens in a mode: whether models run, ask or are skipped; which requests leave a record."""

    models: str
    log: str


class ModesTable(TypedDict):
    """What the policy `degrade` says; times in ms. `within` is how long a decision of a model may ask.

    `model_decisions` has, for each decision that models take part in, the first rule that reads one: what that rule or
    a later one shows hangs on a model. `asking` are the decisions that may ask.
    """

    soft: int | None
    hard: int | None
    features: int | None
    errors: PairTable | None
    latency: PairTable | None
    hold: int
    within: int | None
    modes: dict[str, ModeTable]
    model_decisions: dict[str, int]
    asking: list[str]


class Signals(NamedTuple):
    """What is seen; None for what nobody knows, which is not bad.

    Whether there is a valid release, its age and that of the synced features in ms, the state of the breaker before the
    cloud, the share of requests that failed inside, and the mean time to decide in ms.
    """

    valid: bool
    release_age: float | None = None
    feature_age: float | None = None
    cloud: str | None = None
    errors: float | None = None
    latency: float | None = None


class ModeState(NamedTuple):
    """The mode, since when (ms), what is bad (in the order of `REASONS`), and since when it could be better."""

    mode: Mode
    since: float
    reasons: tuple[str, ...] = ()
    better: float | None = None


class Action(NamedTuple):
    """What to do with a decision: ask the cloud for so many ms at most (None: do not), or show the neutral outcome."""

    ask: int | None
    is_neutral: bool


REASONS = ("no-release", "release-expired", "release-stale", "features-stale", "errors", "slow", "cloud")
"""All that can be bad."""

_FATAL = frozenset({"no-release", "release-expired"})


def first_mode(at: float) -> ModeState:
    """The state of an edge that has just started."""
    return ModeState("full", at)


def next_mode(table: ModesTable, state: ModeState, signals: Signals, at: float) -> ModeState:
    """The state after what is seen at `at` (ms of any clock)."""
    reasons = _reasons(table, state.reasons, signals)
    wanted = _mode_of(reasons)
    if MODES.index(wanted) > MODES.index(state.mode):
        return ModeState(wanted, at, reasons)
    if wanted == state.mode:
        return ModeState(state.mode, state.since, reasons)
    better = at if state.better is None or at < state.better else state.better
    if at - better < table["hold"]:
        return ModeState(state.mode, state.since, reasons, better)
    return ModeState(wanted, at, reasons)


def act(table: ModesTable, state: ModeState, cloud: str | None, name: str, leaf: Leaf) -> Action:
    """What to do with the outcome of the decision `name`; `cloud` is the state of the breaker.

    In local-only nobody asks, but for the trials by which a breaker that is not closed finds the cloud again. What an
    experiment shows is never asked about.
    """
    mode = table["modes"][state.mode]
    first = table["model_decisions"].get(name)
    by_model = first is not None and (leaf.rule is None or leaf.rule >= first)
    if state.mode == "emergency" or (mode["models"] == "skip" and by_model):
        return Action(None, True)
    if cloud is None or (state.mode == "local-only" and cloud == "closed"):
        return Action(None, False)
    # Where only decisions of models ask, nobody else would try whether the cloud is back.
    models = table["modes"]["cloud-assisted"]["models"] if state.mode == "local-only" else mode["models"]
    ask = leaf.ask
    if ask is None and models == "ask" and by_model and leaf.experiment is None and name in table["asking"]:
        ask = table["within"]
    return Action(ask, False)


class Health:
    """The share of failures and the mean time of the last requests, of this running edge.

    Two windows follow each other; what is older than two of them is forgotten. Of fewer requests than `LEAST` nothing
    is known.
    """

    WINDOW = 10_000
    LEAST = 20

    def __init__(self) -> None:
        self._begun = 0.0
        self._now = (0, 0, 0.0)  # requests, failures, ms in this window, and in the one before
        self._before = (0, 0, 0.0)

    def note(self, ms: float, failed: bool, at: float) -> None:
        """Count a request that took so long, at `at` (ms of a clock that never goes back)."""
        self._turn(at)
        requests, failures, total = self._now
        self._now = (requests + 1, failures + int(failed), total + (ms if ms > 0 else 0.0))

    def errors(self, at: float) -> float | None:
        """The share of requests that failed; None when too few are known."""
        self._turn(at)
        requests = self._now[0] + self._before[0]
        return None if requests < self.LEAST else (self._now[1] + self._before[1]) / requests

    def latency(self, at: float) -> float | None:
        """The mean time in ms, likewise."""
        self._turn(at)
        requests = self._now[0] + self._before[0]
        return None if requests < self.LEAST else (self._now[2] + self._before[2]) / requests

    def _turn(self, at: float) -> None:
        since = at - self._begun
        if not 0 <= since < self.WINDOW:
            self._before = self._now if self.WINDOW <= since < 2 * self.WINDOW else (0, 0, 0.0)
            self._now = (0, 0, 0.0)
            self._begun = at


def _reasons(table: ModesTable, before: tuple[str, ...], signals: Signals) -> tuple[str, ...]:
    bad = {
        "no-release": not signals.valid,
        "release-expired": _is_old(signals.release_age, table["hard"]),
        "release-stale": _is_old(signals.release_age, table["soft"]),
        "features-stale": _is_old(signals.feature_age, table["features"]),
        "errors": _is_bad(signals.errors, table["errors"], "errors" in before),
        "slow": _is_bad(signals.latency, table["latency"], "slow" in before),
        "cloud": signals.cloud is not None and signals.cloud != "closed",
    }
    return tuple(reason for reason in REASONS if bad[reason])


def _mode_of(reasons: tuple[str, ...]) -> Mode:
    if not _FATAL.isdisjoint(reasons):
        return "emergency"
    if "cloud" in reasons:
        return "local-only"
    return "cloud-assisted" if reasons else "full"


def _is_old(age: float | None, limit: int | None) -> bool:
    return age is not None and limit is not None and age >= limit


def _is_bad(value: float | None, pair: PairTable | None, was_bad: bool) -> bool:
    """Bad from `bad` on, and until it falls below `good`; what is unknown is as it was."""
    if pair is None:
        return False
    if value is None:
        return was_bad
    return value >= (pair["good"] if was_bad else pair["bad"])
