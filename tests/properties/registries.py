"""Strategies of random registries, valid by construction, and of requests to them: usual, missing, broken and stale values.

A registry is a JSON document. It always has a feature of every type, cohorts that nest, a layer with experiments, models of
LightGBM (tests/conformance/models), a group of candidates, and decisions with every kind of rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Json: TypeAlias = Any

NOW = 1763712000000
DAY = 86_400_000
UNITS = ["visitor_id", "account_id"]
PURPOSES = ["personalisation", "research"]
MODEL_NUMBERS = [-2.0, -0.3, 0.0, -0.0, 0.004, 0.41, 1.0, 2.5, 17.0, 41.0, 80.0]

DOMAINS: dict[str, list[Json]] = {
    "bool": [True, False],
    "number": [*MODEL_NUMBERS, -1.0, 0.1, 3, 1e-9, 9007199254740991],
    "category": ["DE", "at", "\u00e9", "\U0001f600 b", "", "constructor"],
    "text": ["", "a", "ab", "ba-2026", "\u00c4pfel", "\U0001f600", "x/y?z=1", "A" * 40],
    "timestamp": [
        NOW,
        NOW - DAY,
        NOW - 30 * DAY,
        NOW + DAY,
        0,
        -1500,
        "2025-11-21T08:00:00Z",
        "2024-02-29T23:59:59.5+01:00",
    ],
    "tags": [[], ["shoes"], ["shoes", "bags"], ["bags", "bags", "\u00e9"], ["kids", "shoes", "bags"]],
    "version": ["1.0.0", "1.2.3", "1.2.3-rc.1", "1.2.3+b5", "1.2.4-alpha", "10.0.0"],
}
"""Values of each type."""

TAGS = ["shoes", "bags", "kids", "\u00e9"]
TIMES = ["2025-11-21T08:00:00Z", "2025-11-20T08:00:00+01:00", "1970-01-01T00:00:00Z", "2030-01-01T00:00:00Z"]
DURATIONS = ["1d", "24h", "30d", "0s", "250ms"]
PATTERNS = ["a|ab", "[a-c]+-[0-9]{4}", ".*", "\u00c4.*", "(ab?)*", "[^a]+", "\\w+"]
JUNK: list[Json] = [
    None,
    True,
    0,
    -0.0,
    1e300,
    2**53,
    "",
    "DE",
    "1.2.3",
    "true",
    "\ud800",
    [],
    ["shoes", 1],
    {},
    {"a": 1},
    "x" * 5000,
]
PATHS = ["session.{}", "profile.deep.{}", "headers.x-{}", "cookies.{}", "query.{}", "geo.{}"]
IDS = ["v1", "v2", "visitor-3", "anna@example.com", "\U0001f600", "0", "x" * 33]


@dataclass(frozen=True)
class Feature:
    """A feature of a registry being drawn: what may be compared with it."""

    name: str
    type: str
    document: dict[str, Json]
    values: list[Json]


@st.composite
def registries(draw: DrawFn) -> Json:
    """A registry's document."""
    features = [_feature(draw, f"f_{kind}", kind) for kind in DOMAINS]
    features += [
        _feature(draw, f"g_{kind}", kind) for kind in draw(st.lists(st.sampled_from(sorted(DOMAINS)), max_size=2))[:1]
    ]
    scope = _Scope(features, _models(draw, features))
    for number in range(draw(st.integers(1, 4))):
        scope.cohorts[f"c{number}"] = _condition(draw, scope, 3)
    experiments, layers = _experiments(draw, scope)
    payloads = _payloads(draw, scope)
    decisions = {f"d{number}": _decision(draw, scope, experiments) for number in range(draw(st.integers(1, 4)))}
    return {
        "features": {feature.name: feature.document for feature in features},
        "cohorts": scope.cohorts,
        "models": scope.models,
        "layers": layers,
        "experiments": experiments,
        "payloads": payloads,
        "decisions": decisions,
        "policies": {"identity": {"units": UNITS}, "consent": {"purposes": PURPOSES}},
    }


def requests(registry: Json) -> SearchStrategy[Json]:
    """A request to a registry."""
    return _requests(registry)


def times() -> SearchStrategy[int]:
    """The time of a request: around daylight saving, midnight, New Year, and the windows that registries have."""
    edges = [NOW, NOW + DAY, NOW - DAY, 1774746000000, 1774746000000 - 1, 1761440400000, 1767225600000, 0, -DAY - 1]
    return st.sampled_from(edges) | st.integers(NOW - 400 * DAY, NOW + 400 * DAY)


@dataclass
class _Scope:
    """What conditions may refer to so far."""

    features: list[Feature]
    models: dict[str, Json]
    cohorts: dict[str, Json]

    def __init__(self, features: list[Feature], models: dict[str, Json]) -> None:
        self.features = features
        self.models = models
        self.cohorts = {}

    def names(self, *kinds: str) -> list[str]:
        return [feature.name for feature in self.features if feature.type in kinds]


def _feature(draw: DrawFn, name: str, kind: str) -> Feature:
    values = DOMAINS[kind]
    document: dict[str, Json] = {"type": kind, "from": draw(st.sampled_from(PATHS)).format(name.replace("_", "-"))}
    if kind == "number" and draw(st.booleans()):
        document["range"] = [-1, 50]
        values = [value for value in values if -1 <= value <= 50]
    if kind == "category" and draw(st.booleans()):
        values = document["values"] = [value for value in values if value]
    if kind == "tags" and draw(st.booleans()):
        document["values"] = TAGS
    if draw(st.integers(0, 3)) == 3:
        document["default"] = _default(draw, kind, values)
    if draw(st.integers(0, 3)) == 3:
        document["max_age"] = draw(st.sampled_from(["30m", "24h"]))
    if draw(st.integers(0, 3)) == 3:
        document["purposes"] = draw(st.sampled_from([[PURPOSES[0]], PURPOSES]))
    return Feature(name, kind, document, values)


def _default(draw: DrawFn, kind: str, values: list[Json]) -> Json:
    if kind == "timestamp":
        return draw(st.sampled_from(TIMES))
    return draw(st.sampled_from([["shoes"], ["bags", "shoes"]] if kind == "tags" else values))


def _models(draw: DrawFn, features: list[Feature]) -> dict[str, Json]:
    """Models of each output, one of them with a candidate's attribute; x and y of any number, c of a text or a number."""
    numbers = [feature.name for feature in features if feature.type in ("number", "bool", "timestamp")]
    texts = [feature.name for feature in features if feature.type in ("category", "text")]

    def inputs(item: bool) -> Json:
        text = {
            "feature": draw(st.sampled_from(texts)),
            "categories": draw(st.permutations(["DE", "at", "a", "ab", "\u00e9"])),
        }
        return {
            "x": {"item": "weight"} if item else draw(st.sampled_from(numbers)),
            "y": draw(st.sampled_from(numbers)),
            "c": {"item": "kind", "categories": ["u", "v", "w"]}
            if item and draw(st.booleans())
            else draw(st.sampled_from([text, numbers[0]])),
        }

    def model(file: str, output: str, *, item: bool = False, classes: Sequence[str] = ()) -> Json:
        found = {"format": "lightgbm", "file": f"models/{file}.txt", "inputs": inputs(item), "output": output}
        return {**found, "classes": list(classes)} if classes else found

    return {
        "m_probability": model(draw(st.sampled_from(["binary", "forest", "dart"])), "probability"),
        "m_margin": model(
            draw(st.sampled_from(["regression", "zero_is_missing", "no_missing", "wide", "single_leaf"])), "margin"
        ),
        "m_class": model("multiclass", "class", classes=["low", "mid", "high"]),
        "m_two": model("binary", "class", classes=["no", "yes"]),
        "m_item": model(draw(st.sampled_from(["regression", "wide"])), "margin", item=True),
        "m_chance": model("forest", "probability", item=True),
    }


def _condition(draw: DrawFn, scope: _Scope, depth: int) -> Json:
    kinds = ["feature"] * 4 + ["share", "schedule", "model"] + ["cohort"] * bool(scope.cohorts)
    if depth:
        kinds += ["all", "any", "not"] * 2
    match draw(st.sampled_from(kinds)):
        case "all" | "any" as kind:
            count = draw(st.integers(1, 3))
            return {kind: [_condition(draw, scope, depth - 1) for _ in range(count)]}
        case "not":
            return {"not": _condition(draw, scope, depth - 1)}
        case "cohort":
            return {"cohort": draw(st.sampled_from(sorted(scope.cohorts)))}
        case "share":
            share = {"share": _fraction(draw), "of": draw(st.sampled_from(UNITS))}
            return {**share, "salt": "s"} if draw(st.booleans()) else share
        case "schedule":
            return {"schedule": _schedule(draw)}
        case "model":
            return _model_test(draw)
        case _:
            return _feature_test(draw, draw(st.sampled_from(scope.features)))


def _fraction(draw: DrawFn) -> float:
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
            test = draw(st.sampled_from([{"at_least": bounds[0]}, {"below": bounds[1]}, {"between": bounds}]))
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


def _identity(kind: str) -> Any:
    return (lambda value: float(value)) if kind == "number" else (lambda value: value)


def _ascending(kind: str) -> Any:
    order = DOMAINS["version"]
    ranks = {
        version: rank
        for rank, version in enumerate(["1.0.0", "1.2.3-rc.1", "1.2.3", "1.2.3+b5", "1.2.4-alpha", "10.0.0"])
    }
    assert set(order) == set(ranks)
    return lambda pair: sorted(pair, key=(ranks.__getitem__ if kind == "version" else float))


def _experiments(draw: DrawFn, scope: _Scope) -> tuple[dict[str, Json], dict[str, Json]]:
    """Two experiments in the two halves of a layer, and one that stands alone."""
    middle = draw(st.sampled_from([0.5, 0.2, 0.81]))
    layer: dict[str, Json] = {"unit": "visitor_id", "holdout": draw(st.sampled_from([0, 0.1, 0.5, 1]))}
    if draw(st.booleans()):
        layer["salt"] = "winter"
    return {
        "e_low": {**_experiment(draw, scope), "unit": "visitor_id", "layer": "home", "share": [0, middle]},
        "e_high": {**_experiment(draw, scope), "unit": "visitor_id", "layer": "home", "share": [middle, 1]},
        "e_alone": {**_experiment(draw, scope), "unit": draw(st.sampled_from(UNITS))},
    }, {"home": layer}


def _experiment(draw: DrawFn, scope: _Scope) -> dict[str, Json]:
    variations = draw(
        st.sampled_from([{"a": 50, "b": 50}, {"a": 1, "b": 0, "c": 2}, {"a": 0.1, "b": 99.9}, {"a": 0, "b": 1}])
    )
    found: dict[str, Json] = {"variations": variations}
    if draw(st.integers(0, 2)) == 2:
        found["traffic"] = draw(st.sampled_from([1, 0.5, 0.9, 0]))
    if draw(st.integers(0, 2)) == 2:
        found["cohort"] = draw(st.sampled_from(sorted(scope.cohorts)))
    if draw(st.integers(0, 3)) == 3:
        found["starts"] = "2025-11-21T09:00:00+01:00"
    if draw(st.integers(0, 3)) == 3:
        found["ends"] = "2026-11-21T09:00:00.5+01:00"
    return found


def _payloads(draw: DrawFn, scope: _Scope) -> dict[str, Json]:
    """Payloads to show, and the candidates of the group `offers`."""
    values: list[Json] = [True, -0.5, "line\n\u2028<\u00e9>", {"b": 1, "a": [None, "\U0001f600"]}]
    payloads: dict[str, Json] = {f"p{number}": {"value": value} for number, value in enumerate(values)}
    for number in range(draw(st.integers(1, 5))):
        attributes = {"weight": draw(st.sampled_from([*MODEL_NUMBERS[:6], 1, 3])), "on": draw(st.booleans())}
        if number == 0 or draw(st.booleans()):
            attributes |= {"bonus": draw(st.sampled_from([-1, 0, 2.5])), "kind": draw(st.sampled_from(["u", "v", "z"]))}
        candidate: dict[str, Json] = {"value": {"n": number}, "group": "offers", "attributes": attributes}
        if draw(st.booleans()):
            candidate["if"] = _condition(draw, scope, 1)
        payloads[f"offer-{number}"] = candidate
    return payloads


def _decision(draw: DrawFn, scope: _Scope, experiments: dict[str, Json]) -> Json:
    count = draw(st.integers(0, 4))
    return {
        "rules": [_rule(draw, scope, experiments) for _ in range(count)],
        "otherwise": draw(st.sampled_from(["p0", "p1", "p2", "p3"])),
    }


def _rule(draw: DrawFn, scope: _Scope, experiments: dict[str, Json]) -> Json:
    payload = st.sampled_from(["p0", "p1", "p2", "p3", "offer-0"])
    rule: dict[str, Json] = {}
    match draw(st.sampled_from(["show", "show", "experiment", "experiment", "rank"])):
        case "experiment":
            name = draw(st.sampled_from(sorted(experiments)))
            rule = {
                "experiment": name,
                "show": {variation: draw(payload) for variation in experiments[name]["variations"]},
            }
        case "rank":
            rule = {"rank": "offers", "by": _score(draw, scope, 2), "top": draw(st.integers(1, 4))}
        case _:
            rule = {"show": draw(payload)}
    if draw(st.integers(0, 4)) < 4:
        rule["if"] = _condition(draw, scope, 2)
    return rule


def _score(draw: DrawFn, scope: _Scope, depth: int) -> Json:
    kinds = ["number", "feature", "item", "model"] + ["many", "pair"] * bool(depth) * 2
    match draw(st.sampled_from(kinds)):
        case "number":
            return draw(st.sampled_from([0, -1.5, 9007199254740991, 1e-300]))
        case "feature":
            return {"feature": draw(st.sampled_from(scope.names("number", "bool")))}
        case "item":
            return {"item": draw(st.sampled_from(["weight", "bonus", "on"]))}
        case "model":
            return {"model": draw(st.sampled_from(["m_probability", "m_margin", "m_item", "m_chance"]))}
        case "pair":
            operation = draw(st.sampled_from(["subtract", "divide"]))
            return {operation: [_score(draw, scope, depth - 1) for _ in range(2)]}
        case _:
            operation = draw(st.sampled_from(["add", "multiply", "min", "max"]))
            count = draw(st.integers(1, 3))
            return {operation: [_score(draw, scope, depth - 1) for _ in range(count)]}


@st.composite
def _requests(draw: DrawFn, registry: Json) -> Json:
    request: dict[str, Json] = {}
    for name, feature in registry["features"].items():
        state = draw(st.sampled_from(["usual", "usual", "usual", "absent", "junk", "own", "stale"]))
        if state != "absent":
            values = JUNK if state == "junk" else DOMAINS[feature["type"]]
            _place(draw, request, name, feature, draw(st.sampled_from(values)), own=state == "own")
        if state == "stale" or draw(st.integers(0, 9)) == 9:
            ages = [NOW - 10 * DAY, NOW, "2025-11-21T07:59:59Z", NOW + DAY, "yesterday", None]
            path = draw(st.sampled_from([feature["from"], feature["from"].split(".")[0]]))
            request.setdefault("timestamps", {})[path] = draw(st.sampled_from(ages))
    for unit in UNITS:
        if draw(st.integers(0, 4)) < 4:
            request.setdefault("units", {})[unit] = draw(
                st.sampled_from([*IDS, *IDS, "", 5, None, "\ud800", "y" * 4097])
            )
    if draw(st.integers(0, 3)) == 3:
        request["consent"] = {"denied": draw(st.sampled_from([[], [PURPOSES[0]], PURPOSES, ["storage", 1], "all"]))}
    if draw(st.integers(0, 9)) == 9:
        request["decisions"] = draw(st.lists(st.sampled_from(sorted(registry["decisions"])), max_size=3))
    return request


def _place(draw: DrawFn, request: dict[str, Json], name: str, feature: Json, value: Json, *, own: bool) -> None:
    """Put a value where the feature reads it; as text in a group of texts, at times."""
    if own:
        request.setdefault("features", {})[name] = value
        return
    *groups, key = feature["from"].split(".")
    if groups[0] in ("headers", "cookies", "query") and draw(st.integers(0, 4)) < 4:
        value = _as_text(value)
    at = request
    for group in groups:
        at = at.setdefault(group, {})
    at[key] = value


def _as_text(value: Json) -> Json:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return value
