"""Writes ../decisions/models.json: models in conditions and rankings. The trainers' own scores say what is expected.

python -m tests.conformance.models.cases
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from tests.trees.models import Floats, oracle
from tests.trees.xgboost_models import xgboost_oracle

FOLDER = Path(__file__).resolve().parent
FILE = FOLDER.parent / "decisions" / "models.json"
AT = 1763712000000
CATEGORIES = ["a", "b", "\u00e9", "d"]
CLASSES = ["low", "mid", "high"]

Json: TypeAlias = Any

FEATURES: Json = {
    "x": {"type": "number", "from": "session.x"},
    "y": {"type": "number", "from": "session.y", "purposes": ["research"]},
    "c": {"type": "text", "from": "session.c"},
}
REQUESTS: dict[str, Json] = {
    "all present": {"session": {"x": 0.5, "y": 12, "c": "b"}},
    "another category": {"session": {"x": 0.5, "y": 12, "c": "\u00e9"}},
    "a category that training has not seen": {"session": {"x": 0.5, "y": 12, "c": "zzz"}},
    "high": {"session": {"x": 1.2, "y": 90, "c": "a"}},
    "low": {"session": {"x": -1.5, "y": 3, "c": "d"}},
    "zero": {"session": {"x": 0, "y": 0, "c": "a"}},
    "negative zero": {"session": {"x": -0.0, "y": -0.0, "c": "a"}},
    "x missing": {"session": {"y": 50, "c": "b"}},
    "x of the wrong type": {"session": {"x": "0.5", "y": 50, "c": "b"}},
    "y denied": {"session": {"x": 0.5, "y": 12, "c": "b"}, "consent": {"denied": ["research"]}},
    "category missing": {"session": {"x": 0.5, "y": 12}},
    "all missing": {},
}


POINTS: Json = {"x": [-2.5, -1, -0.25, 0.5, 1], "y": [0.05, 0.2, 0.2, 0.6, 0.95]}
CALIBRATED: dict[str, tuple[str, Json]] = {
    "a sigmoid over the margin of binary": ("binary", {"platt": {"a": -1.9, "b": 0.4}}),
    "a sigmoid over the probability of binary": ("binary", {"of": "probability", "platt": {"a": -6, "b": 2.5}}),
    "a polyline over the margin of xgboost_binary": ("xgboost_binary", {"isotonic": POINTS}),
    "a polyline over the probability of forest": (
        "forest",
        {"of": "probability", "isotonic": {"x": [0.1, 0.4, 0.5, 0.9], "y": [0, 0.1, 0.7, 1]}},
    ),
    "a sigmoid over the margin of regression": ("regression", {"platt": {"a": -2, "b": 1}}),
}
"""Title -> model and calibration."""


def main() -> None:
    """Write the file."""
    groups = [
        *(
            _thresholds(model, "margin")
            for model in ("regression", "zero_is_missing", "no_missing", "wide", "single_leaf")
        ),
        *(_thresholds(model, "probability") for model in ("binary", "forest", "dart")),
        _classes(),
        _two_classes(),
        _chance_of_a_class(),
        _ranking(),
        *(_thresholds(model, "probability") for model in ("xgboost_binary",)),
        *(_thresholds(model, "margin") for model in ("xgboost_dart",)),
        _xgboost_classes(),
        *(_calibrated(title, *given) for title, given in CALIBRATED.items()),
        _flat_stretch(),
        _ranking_by_calibrated(),
    ]
    description = "Models decide as LightGBM and XGBoost score. Written by `python -m tests.conformance.models.cases`."
    FILE.write_text(json.dumps({"description": description, "groups": groups}, indent=1) + "\n", encoding="ascii")


def _thresholds(model: str, output: str) -> Json:
    """Thresholds at a score itself and one ulp above it, for margins; and far from all scores, for probabilities."""
    scores = {name: _score(model, request) for name, request in REQUESTS.items()}
    if output == "margin":
        middle = scores["all present"]
        bounds = [middle, math.nextafter(middle, math.inf)]
        outputs = scores
    else:
        outputs = {name: _probability(model, score) for name, score in scores.items()}
        ranked = sorted(set(outputs.values()))
        bounds = [round((low + high) / 2, 3) for low, high in (ranked[1:3], ranked[-3:-1])]
    low, high = bounds
    tests = {
        "at_least": {"model": "m", "at_least": low},
        "above": {"model": "m", "at_least": high},
        "below": {"model": "m", "below": low},
        "not_below": {"not": {"model": "m", "below": low}},
        "between": {"model": "m", "between": [low, high]},
        "not_between": {"not": {"model": "m", "between": [low, high]}},
    }
    cases = []
    for name, found in outputs.items():
        truths = [found >= low, found >= high, found < low, found >= low, low <= found < high, not low <= found < high]
        cases.append(_case(name, {test: _yes(truth) for test, truth in zip(tests, truths, strict=True)}))
    return _group(f"{output} of {model}", {"m": _model(model, output)}, _decisions(tests), cases)


def _classes() -> Json:
    """The class with the highest of three scores."""
    tests = {name: {"model": "m", "is": name} for name in CLASSES}
    cases = []
    for name, request in REQUESTS.items():
        scores = oracle(_text("multiclass"), np.array([_row(request)]))[0].tolist()
        cases.append(_case(name, {one: _yes(one == CLASSES[scores.index(max(scores))]) for one in CLASSES}))
    return _group(
        "class of multiclass", {"m": _model("multiclass", "class", classes=CLASSES)}, _decisions(tests), cases
    )


def _two_classes() -> Json:
    """The second class of a binary model from a score above 0."""
    tests = {
        "no": {"model": "m", "is": "no"},
        "yes": {"model": "m", "is": "yes"},
        "not_yes": {"not": {"model": "m", "is": "yes"}},
    }
    cases = []
    for name, request in REQUESTS.items():
        buys = _score("binary", request) > 0
        cases.append(_case(name, {"no": _yes(not buys), "yes": _yes(buys), "not_yes": _yes(not buys)}))
    return _group("class of binary", {"m": _model("binary", "class", classes=["no", "yes"])}, _decisions(tests), cases)


def _chance_of_a_class() -> Json:
    """The probability of either class of a binary model: the two add up to 1."""
    chances = {name: _probability("binary", _score("binary", request)) for name, request in REQUESTS.items()}
    ranked = sorted(set(chances.values()))
    bound = round((ranked[1] + ranked[2]) / 2, 3)
    tests = {
        "yes": {"model": "m", "at_least": bound, "class": "yes"},
        "no": {"model": "m", "at_least": bound, "class": "no"},
        "below_no": {"model": "m", "below": bound, "class": "no"},
        "not_no": {"not": {"model": "m", "at_least": bound, "class": "no"}},
    }
    cases = []
    for name, chance in chances.items():
        truths = [chance >= bound, 1 - chance >= bound, 1 - chance < bound, 1 - chance < bound]
        cases.append(_case(name, {test: _yes(truth) for test, truth in zip(tests, truths, strict=True)}))
    models = {"m": _model("binary", "probability", classes=["no", "yes"])}
    return _group("probability of either class of binary", models, _decisions(tests), cases)


def _ranking() -> Json:
    """Candidates ordered by a model that reads their attribute as x; equal scores keep their order."""
    weights = {"p0": -1.5, "p1": 0.5, "p2": 1.2, "p3": 0.5, "p4": None}
    payloads = {
        name: {
            "value": {"n": number},
            "group": "offers",
            **({} if weight is None else {"attributes": {"weight": weight}}),
        }
        for number, (name, weight) in enumerate(weights.items())
    }
    inputs = {"x": {"item": "weight"}, "y": "y", "c": {"feature": "c", "categories": CATEGORIES}}
    cases = []
    for name, request in REQUESTS.items():
        row = _row(request)
        rows = np.array([[math.nan if weight is None else weight, *row[1:]] for weight in weights.values()])
        scores = oracle(_text("regression"), rows)[:, 0].tolist()
        order = sorted(weights, key=lambda key: -scores[list(weights).index(key)])
        items = [{"key": key, "value": payloads[key]["value"]} for key in order[:4]]
        cases.append(_case(name, {"d": {"outcome": order[0], "payload": {"items": items}}}))
    decisions = {"d": {"rules": [{"rank": "offers", "by": {"model": "m"}, "top": 4}], "otherwise": "no"}}
    models = {"m": {**_model("regression", "margin"), "inputs": inputs}}
    return _group("ranking by regression", models, decisions, cases, payloads)


def _xgboost_classes() -> Json:
    """The class with the highest of XGBoost's three scores."""
    file = "xgboost_multiclass"
    tests = {name: {"model": "m", "is": name} for name in CLASSES}
    tests["mid_margin"] = {"model": "m", "at_least": 0.5, "class": "mid"}
    cases = []
    for name, request in REQUESTS.items():
        scores = _scores(file, np.array([_row(request)]))[0].tolist()
        expected = {one: _yes(one == CLASSES[scores.index(max(scores))]) for one in CLASSES}
        cases.append(_case(name, {**expected, "mid_margin": _yes(scores[1] >= 0.5)}))
    by_class = {name: tests[name] for name in CLASSES}
    models = {"m": _model(file, "class", classes=CLASSES), "n": _model(file, "margin", classes=CLASSES)}
    decisions = _decisions({**by_class, "mid_margin": {**tests["mid_margin"], "model": "n"}})
    return _group("class of xgboost_multiclass", models, decisions, cases)


def _calibrated(title: str, model: str, calibration: Json) -> Json:
    """Thresholds on calibrated probabilities, of either class, between those of the requests."""
    scores = {name: _score(model, request) for name, request in REQUESTS.items()}
    outputs = {name: _curve(model, score, calibration) for name, score in scores.items()}
    ranked = sorted(set(outputs.values()))
    gaps = sorted(range(1, len(ranked)), key=lambda i: ranked[i - 1] - ranked[i])[:2]  # the widest two
    low, high = sorted(round((ranked[i - 1] + ranked[i]) / 2, 4) for i in gaps)
    tests = {
        "at_least": {"model": "m", "at_least": low},
        "below": {"model": "m", "below": high, "class": "yes"},
        "between": {"model": "m", "between": [low, high]},
        "not_between": {"not": {"model": "m", "between": [low, high]}},
        "no_at_least": {"model": "m", "at_least": round(1 - high, 4), "class": "no"},
        "no_below": {"model": "m", "below": round(1 - low, 4), "class": "no"},
        "always": {"model": "m", "at_least": 0},
        "never": {"model": "m", "between": [0.9999999, 1]},
    }
    cases = []
    for name, p in outputs.items():
        between = low <= p < high
        truths = [p >= low, p < high, between, not between, p <= high, p > low, True, 0.9999999 <= p < 1]
        cases.append(_case(name, {test: _yes(truth) for test, truth in zip(tests, truths, strict=True)}))
    document = {**_model(model, "probability", classes=["no", "yes"]), "calibration": calibration}
    return _group(f"{title}, calibrated", {"m": document}, _decisions(tests), cases)


def _flat_stretch() -> Json:
    """A polyline that stays level from one score to another: the first of them reaches the level, the last leaves it.

    The points stand on scores, so that the threshold at a point's height must be that very score; `above` moves the
    point one ulp up.
    """
    scores = {name: _score("regression", request) for name, request in REQUESTS.items()}
    first, last = scores["x missing"], scores["high"]
    first, last = min(first, last), max(first, last)
    at = {"x": [first - 1, first, last, last + 1], "y": [0.1, 0.3, 0.3, 0.9]}
    above = {**at, "x": [first - 1, math.nextafter(first, math.inf), math.nextafter(last, -math.inf), last + 1]}
    tests: dict[str, Json] = {}
    for model in ("at", "above"):
        tests[f"{model}_reached"] = {"model": model, "at_least": 0.3}
        tests[f"{model}_not_reached"] = {"model": model, "below": 0.3}
        tests[f"{model}_opposite"] = {"model": model, "at_least": 0.7, "class": "no"}
        tests[f"{model}_never"] = {"model": model, "at_least": 0.91}
        tests[f"{model}_top"] = {"model": model, "at_least": 0.9}
        tests[f"{model}_always"] = {"model": model, "at_least": 0.1}
    cases = []
    for name, score in scores.items():
        truths: list[bool] = []
        for points in (at, above):
            _, start, stop, end = points["x"]
            truths += [score >= start, score < start, score <= stop, False, score >= end, True]
        cases.append(_case(name, {test: _yes(truth) for test, truth in zip(tests, truths, strict=True)}))
    shared = _model("regression", "probability", classes=["no", "yes"])
    models = {
        "at": {**shared, "calibration": {"isotonic": at}},
        "above": {**shared, "calibration": {"isotonic": above}},
    }
    return _group("a polyline that is level between two scores", models, _decisions(tests), cases)


def _ranking_by_calibrated() -> Json:
    """Candidates by calibrated probability times worth: each model reads the candidate's weight as x."""
    weights = {"p0": -1.5, "p1": 0.5, "p2": 1.2, "p3": 0.3, "p4": None}
    worth = {"p0": 9, "p1": 3.5, "p2": 2.25, "p3": 4.5, "p4": 5}
    payloads = {
        name: {
            "value": {"n": number},
            "group": "offers",
            "attributes": {"worth": worth[name], **({} if weight is None else {"weight": weight})},
        }
        for number, (name, weight) in enumerate(weights.items())
    }
    curves: Json = {"isotonic": {"isotonic": POINTS}, "platt": {"platt": {"a": -1.5, "b": 0.25}}}
    inputs = {"x": {"item": "weight"}, "y": "y", "c": {"feature": "c", "categories": CATEGORIES}}
    models = {
        name: {**_model("xgboost_binary", "probability"), "inputs": inputs, "calibration": curve}
        for name, curve in curves.items()
    }
    decisions = {
        name: {
            "rules": [{"rank": "offers", "by": {"multiply": [{"model": name}, {"item": "worth"}]}, "top": 4}],
            "otherwise": "no",
        }
        for name in curves
    }
    cases = []
    for name, request in REQUESTS.items():
        row = _row(request)
        rows = np.array([[math.nan if weight is None else weight, *row[1:]] for weight in weights.values()])
        scores = _scores("xgboost_binary", rows)[:, 0].tolist()
        expect = {}
        for model, curve in curves.items():
            values = {
                key: _curve("xgboost_binary", score, curve) * worth[key]
                for key, score in zip(weights, scores, strict=True)
            }
            order = sorted(weights, key=lambda key: -values[key])
            items = [{"key": key, "value": payloads[key]["value"]} for key in order[:4]]
            expect[model] = {"outcome": order[0], "payload": {"items": items}}
        cases.append(_case(name, expect))
    return _group("ranking by calibrated probability", models, decisions, cases, payloads)


def _curve(model: str, score: float, calibration: Json) -> float:
    """The calibrated probability, near enough."""
    x = _probability(model, score) if calibration.get("of") == "probability" else score
    if "platt" in calibration:
        return 1 / (1 + math.exp(calibration["platt"]["a"] * x + calibration["platt"]["b"]))
    return float(np.interp(x, calibration["isotonic"]["x"], calibration["isotonic"]["y"]))


def _group(description: str, models: Json, decisions: Json, cases: Json, payloads: Json | None = None) -> Json:
    shown = {"yes": {"value": True}, "no": {"value": False}, **(payloads or {})}
    registry = {"features": FEATURES, "models": models, "decisions": decisions, "payloads": shown}
    return {"description": description, "registry": registry, "cases": cases}


def _decisions(tests: dict[str, Json]) -> Json:
    return {name: {"rules": [{"if": test, "show": "yes"}], "otherwise": "no"} for name, test in tests.items()}


def _case(name: str, expect: Json) -> Json:
    return {"name": name, "at": AT, "request": REQUESTS[name], "expect": expect}


def _model(name: str, output: str, *, classes: Iterable[str] = ()) -> Json:
    inputs = {"x": "x", "y": "y", "c": {"feature": "c", "categories": CATEGORIES}}
    path = _path(name)
    kind = "lightgbm" if path.suffix == ".txt" else "xgboost"
    found = {"format": kind, "file": f"models/{path.name}", "inputs": inputs, "output": output}
    return {**found, "classes": list(classes)} if classes else found


def _row(request: Json) -> list[float]:
    """What the model reads of a request."""
    values = dict(request.get("session", {}))
    if request.get("consent"):
        del values["y"]
    numbers = [float(values[key]) if isinstance(values.get(key), int | float) else math.nan for key in ("x", "y")]
    text = values.get("c")
    category = math.nan if text is None else CATEGORIES.index(text) if text in CATEGORIES else len(CATEGORIES)
    return [*numbers, category]


def _score(model: str, request: Json) -> float:
    return float(_scores(model, np.array([_row(request)]))[0, 0])


def _scores(model: str, rows: Floats) -> Floats:
    """The trainer's own scores."""
    path = _path(model)
    return oracle(_text(model), rows) if path.suffix == ".txt" else xgboost_oracle(path.read_bytes(), rows)


def _path(model: str) -> Path:
    return next(path for suffix in ("txt", "json", "ubj") if (path := FOLDER / f"{model}.{suffix}").exists())


def _probability(model: str, score: float) -> float:
    """What the trainer's predict gives, near enough: thresholds lie well between the probabilities."""
    sigmoid, trees = {"binary": (0.7, 1), "forest": (1.0, 4)}.get(model, (1.0, 1))
    return 1 / (1 + math.exp(-sigmoid * score / trees))


def _text(model: str) -> str:
    return (FOLDER / f"{model}.txt").read_text(encoding="utf-8")


def _yes(truth: bool) -> str:
    return "yes" if truth else "no"


if __name__ == "__main__":
    main()
