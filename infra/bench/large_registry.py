"""Registries of any size, the same ones each time: nested cohorts, experiments, and decisions of rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from infra.bench.models import CATEGORICAL, INPUTS, LEVELS, Model

Json: TypeAlias = Any
"""Documents of a registry; the loader checks them."""

FEATURES = 40
"""How many features unless it is said: half of them numbers, half categories."""

RULES = 5
_MODEL = "propensity"
_VALUES = [f"value_{index}" for index in range(LEVELS)]


def write_large_registry(
    folder: Path,
    *,
    cohorts: int,
    decisions: int,
    experiments: int = 0,
    features: int = FEATURES,
    model: Model | None = None,
) -> None:
    """Write a registry of so many objects into a new folder; a tenth of the cohorts read the model's score."""
    document = large_registry(
        cohorts=cohorts, decisions=decisions, experiments=experiments, features=features, reads_model=model is not None
    )
    folder.mkdir()
    (folder / "registry.json").write_text(json.dumps(document, indent=1))
    if model is not None:
        model.booster.save_model(str(folder / f"{_MODEL}.txt"))


def large_registry(
    *, cohorts: int, decisions: int, experiments: int = 0, features: int = FEATURES, reads_model: bool = False
) -> Json:
    """The documents of a registry of so many objects."""
    random = Random(7)
    numbers = [f"number_{index}" for index in range(features // 2)]
    categories = [f"category_{index}" for index in range(features // 2)]
    document: Json = {"features": _features(numbers, categories)}
    if reads_model:
        document["models"] = {_MODEL: _model(numbers, categories)}
    document["cohorts"] = {
        f"cohort_{index}": _cohort(random, index, numbers, categories, reads_model=reads_model and index % 10 == 0)
        for index in range(cohorts)
    }
    document["experiments"] = {f"test_{index}": _experiment(index, cohorts) for index in range(experiments)}
    document["payloads"] = {
        f"payload_{index}": {"value": {"title": f"Title {index}"}} for index in range(decisions * (RULES + 1))
    }
    document["decisions"] = {
        f"decision_{index}": _decision(random, index, cohorts, experiments) for index in range(decisions)
    }
    return document


def _features(numbers: Sequence[str], categories: Sequence[str]) -> Json:
    features: Json = {name: {"type": "number", "from": f"session.{name}"} for name in numbers}
    return features | {name: {"type": "category", "from": f"session.{name}", "values": _VALUES} for name in categories}


def _model(numbers: Sequence[str], categories: Sequence[str]) -> Json:
    inputs: Json = {
        f"Column_{index}": {"feature": categories[index], "categories": _VALUES} for index in range(CATEGORICAL)
    }
    inputs |= {f"Column_{index}": numbers[index] for index in range(CATEGORICAL, INPUTS)}
    return {"format": "lightgbm", "file": f"{_MODEL}.txt", "inputs": inputs, "output": "margin"}


def _cohort(
    random: Random, index: int, numbers: Sequence[str], categories: Sequence[str], *, reads_model: bool
) -> Json:
    tests: list[Json] = [
        {"feature": random.choice(numbers), "at_least": random.randint(1, 100)},
        {"feature": random.choice(categories), "in": random.sample(_VALUES, 3)},
    ]
    if index > 10:
        tests.append({"not": {"cohort": f"cohort_{random.randrange(index)}"}})
    if reads_model:
        tests.append({"model": _MODEL, "at_least": round(random.uniform(-1, 3), 3)})
    return {random.choice(("all", "any")): tests}


def _experiment(index: int, cohorts: int) -> Json:
    return {
        "unit": "visitor_id",
        "traffic": 0.5,
        "cohort": f"cohort_{index * 7 % cohorts}",
        "variations": {"control": 50, "bold": 50},
    }


def _decision(random: Random, index: int, cohorts: int, experiments: int) -> Json:
    first = index * (RULES + 1)
    chosen = random.sample(range(cohorts), RULES)
    rules: list[Json] = [
        {"if": {"cohort": f"cohort_{number}"}, "show": f"payload_{first + place}"}
        for place, number in enumerate(chosen)
    ]
    if index < experiments:
        show = {"control": f"payload_{first}", "bold": f"payload_{first + 1}"}
        rules.insert(0, {"experiment": f"test_{index}", "show": show})
    return {"rules": rules, "otherwise": f"payload_{first + RULES}"}
