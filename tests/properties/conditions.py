"""Random conditions: every operator on every type of feature, shares, schedules, models, cohorts, connectives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.conformance.cases import Json
from tests.properties.pools import DURATIONS, PATTERNS, TAGS, TIMES, UNITS, VERSION_ORDER


@dataclass(frozen=True)
class Feature:
    """A feature of a registry being drawn: what may be compared with it."""

    name: str
    type: str
    document: dict[str, Json]
    values: list[Json]


@dataclass
class Scope:
    """What conditions may refer to so far; those of derived features to features and schedules only."""

    features: list[Feature]
    models: dict[str, Json]
    cohorts: dict[str, Json] = field(default_factory=dict)
    of_feature: bool = False

    def names(self, *kinds: str) -> list[str]:
        """The features of some types."""
        return [feature.name for feature in self.features if feature.type in kinds]


def condition(draw: DrawFn, scope: Scope, depth: int) -> Json:
    """A condition of at most `depth` connectives above its leaves."""
    kinds = ["feature"] * 4 + ["schedule"]
    if not scope.of_feature:
        kinds += ["share", "model"] + ["cohort"] * bool(scope.cohorts)
    if depth:
        kinds += ["all", "any", "not"] * 2
    match draw(st.sampled_from(kinds)):
        case "all" | "any" as kind:
            count = draw(st.integers(1, 3))
            return {kind: [condition(draw, scope, depth - 1) for _ in range(count)]}
        case "not":
            return {"not": condition(draw, scope, depth - 1)}
        case "cohort":
            return {"cohort": draw(st.sampled_from(sorted(scope.cohorts)))}
        case "share":
            share = {"share": fraction(draw), "of": draw(st.sampled_from(UNITS))}
            return {**share, "salt": "s"} if draw(st.booleans()) else share
        case "schedule":
            return {"schedule": _schedule(draw)}
        case "model":
            return _model_test(draw)
        case _:
            return _feature_test(draw, draw(st.sampled_from(scope.features)))


def fraction(draw: DrawFn) -> float:
    """A share of units."""
    return draw(st.sampled_from([0, 1, 0.5, 0.25, 0.1, 0.999]))


def _schedule(draw: DrawFn) -> Json:
    found: dict[str, Json] = {
        "zone": draw(st.sampled_from(["Europe/Berlin", "UTC", "America/New_York", "Asia/Kathmandu"]))
    }
    if draw(st.booleans()):
        found["days"] = draw(st.lists(st.sampled_from(["mon", "tue", "fri", "sat", "sun"]), min_size=1, unique=True))
    if draw(st.booleans()):
        found["from"], found["to"] = draw(
            st.sampled_from([("09:00", "17:00"), ("22:00", "06:30"), ("00:00", "23:59"), ("08:00", "08:01")])
        )
    if draw(st.integers(0, 2)) == 2:
        found["starts"] = draw(st.sampled_from(["2025-10-26T02:30", "2026-03-29T02:30", "2025-11-21T09:00"]))
    if draw(st.integers(0, 2)) == 2:
        found["ends"] = draw(st.sampled_from(["2026-11-30T00:00", "2026-10-25T02:30"]))
    return found if len(found) > 1 else {**found, "days": ["fri"]}


def _model_test(draw: DrawFn) -> Json:
    match draw(st.sampled_from(["m_probability", "m_margin", "m_class", "m_two"])):
        case "m_class":
            return {"model": "m_class", "is": draw(st.sampled_from(["low", "mid", "high"]))}
        case "m_two":
            return {"model": "m_two", "is": draw(st.sampled_from(["no", "yes"]))}
        case name:
            bounds = draw(st.sampled_from([[0, 0.3], [0.3, 0.5], [0.45, 0.55], [0.5, 1]]))
            test: Json = draw(st.sampled_from([{"at_least": bounds[0]}, {"below": bounds[1]}, {"between": bounds}]))
            return {"model": name, **test}


def _feature_test(draw: DrawFn, feature: Feature) -> Json:
    operator, argument = draw(
        st.sampled_from(_tests(feature)).flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1]))
    )
    test = {"feature": feature.name, operator: argument}
    if operator != "is_missing" and draw(st.integers(0, 2)) == 2:
        test["if_missing"] = draw(st.booleans())
    return test


def _tests(feature: Feature) -> list[tuple[str, SearchStrategy[Json]]]:
    """Every operator of the feature's type, with its arguments."""
    one = st.sampled_from(TIMES) if feature.type == "timestamp" else st.sampled_from(feature.values)
    tests: list[tuple[str, SearchStrategy[Json]]] = [("is_missing", st.booleans())]
    if feature.type != "tags":
        tests += [("is", one), ("is_not", one)]
    if feature.type in ("number", "category", "text", "version"):
        several = st.lists(one, min_size=1, max_size=4, unique_by=_identity(feature.type))
        tests += [("in", several), ("not_in", several)]
    if feature.type in ("number", "version"):
        tests += [(name, one) for name in ("less", "at_most", "more", "at_least")]
        tests.append(("between", st.tuples(one, one).map(_ascending(feature.type))))
    if feature.type == "timestamp":
        tests += [("before", one), ("after", one)]
        tests += [(name, st.sampled_from(DURATIONS)) for name in ("newer_than", "older_than")]
    if feature.type == "tags":
        some = st.lists(st.sampled_from(TAGS), min_size=1, max_size=3, unique=True)
        tests += [(name, some) for name in ("has_any", "has_all", "has_none")]
    if feature.type == "text":
        part = st.sampled_from(["", "a", "b", "\u00c4", "\U0001f600", "2026"])
        tests += [(name, part) for name in ("starts_with", "ends_with", "contains")]
        tests.append(("matches", st.sampled_from(PATTERNS)))
    return tests


def _identity(kind: str) -> Callable[[Json], Json]:
    """What must differ between the items of a list: 0.0 and -0.0 are one number."""
    return float if kind == "number" else lambda value: value


def _ascending(kind: str) -> Callable[[tuple[Json, Json]], Json]:
    order = VERSION_ORDER.index if kind == "version" else float
    return lambda pair: sorted(pair, key=order)
