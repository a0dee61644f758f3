"""A strategy of random registries, as JSON documents that are valid by construction.

There is always a feature of every type, cohorts that nest, a layer with experiments, models of LightGBM
(tests/conformance/models), a group of candidates, and decisions with every kind of rule.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.conformance.cases import Json
from tests.properties.conditions import Feature, Scope, condition
from tests.properties.derived import derived_features
from tests.properties.pools import DOMAINS, MODEL_NUMBERS, PATHS, PURPOSES, TAGS, TIMES, UNITS


@st.composite
def registries(draw: DrawFn) -> Json:
    """A registry's document."""
    features = [_feature(draw, f"f_{kind}", kind) for kind in DOMAINS]
    features.append(_feature(draw, "again", draw(st.sampled_from(sorted(DOMAINS)))))
    features += derived_features(draw, features)
    scope = Scope(features, _models(draw, features))
    for number in range(draw(st.integers(2, 6))):
        scope.cohorts[f"c{number}"] = condition(draw, scope, 3)
    experiments, layers = _experiments(draw, scope)
    payloads = _payloads(draw, scope)
    decisions = {f"d{number}": _decision(draw, scope, experiments) for number in range(draw(st.integers(1, 3)))}
    decisions |= {f"shows_{name}": _shows_truth(name) for name in scope.cohorts}
    decisions |= {f"shows_{name}": _shows_variation(name, one) for name, one in experiments.items()}
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
    """Models of each output, two of them with a candidate's attribute. x and y read numbers, c a text or a number."""
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


def _experiments(draw: DrawFn, scope: Scope) -> tuple[dict[str, Json], dict[str, Json]]:
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


def _experiment(draw: DrawFn, scope: Scope) -> dict[str, Json]:
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


def _payloads(draw: DrawFn, scope: Scope) -> dict[str, Json]:
    """Payloads to show, and the candidates of the group `offers`."""
    values: list[Json] = [True, -0.5, "line\n\u2028<\u00e9>", {"b": 1, "a": [None, "\U0001f600"]}]
    payloads: dict[str, Json] = {f"p{number}": {"value": value} for number, value in enumerate(values)}
    for number in range(draw(st.integers(1, 5))):
        attributes: dict[str, Json] = {
            "weight": draw(st.sampled_from([*MODEL_NUMBERS[:6], 1, 3])),
            "on": draw(st.booleans()),
        }
        if number == 0 or draw(st.booleans()):
            attributes |= {"bonus": draw(st.sampled_from([-1, 0, 2.5])), "kind": draw(st.sampled_from(["u", "v", "z"]))}
        candidate: dict[str, Json] = {"value": {"n": number}, "group": "offers", "attributes": attributes}
        if draw(st.booleans()):
            candidate["if"] = condition(draw, scope, 1)
        payloads[f"offer-{number}"] = candidate
    return payloads


def _decision(draw: DrawFn, scope: Scope, experiments: dict[str, Json]) -> Json:
    count = draw(st.integers(0, 4))
    return {
        "rules": [_rule(draw, scope, experiments) for _ in range(count)],
        "otherwise": draw(st.sampled_from(["p0", "p1", "p2", "p3"])),
    }


def _shows_truth(cohort: str) -> Json:
    """A decision that tells true, false and unknown apart."""
    rules = [{"if": {"cohort": cohort}, "show": "p0"}, {"if": {"not": {"cohort": cohort}}, "show": "p1"}]
    return {"rules": rules, "otherwise": "p2"}


def _shows_variation(name: str, experiment: Json) -> Json:
    """A decision that tells which variation a unit is in."""
    return {"rules": [{"experiment": name, "show": dict.fromkeys(experiment["variations"], "p0")}], "otherwise": "p1"}


def _rule(draw: DrawFn, scope: Scope, experiments: dict[str, Json]) -> Json:
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
    if draw(st.integers(0, 9)) < 9:
        rule["if"] = condition(draw, scope, 2)
    if "experiment" not in rule and draw(st.integers(0, 4)) == 0:
        rule["unsure"] = _unsure(draw, scope, is_ranking="rank" in rule)
    return rule


def _unsure(draw: DrawFn, scope: Scope, *, is_ranking: bool) -> Json:
    unsure: dict[str, Json] = {"ask": "cloud", "within": draw(st.sampled_from(["1ms", "80ms"]))}
    if draw(st.booleans()):
        unsure["if"] = condition(draw, scope, 1)
    if is_ranking and draw(st.booleans()):
        unsure["margin"] = draw(st.sampled_from([5e-324, 0.25, 1, 9007199254740991]))
    return unsure


def _score(draw: DrawFn, scope: Scope, depth: int) -> Json:
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
