"""The models of the benchmarks: trained here, by LightGBM, on the example's sessions, in three sizes; and programs that
read their scores."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from decision_engine.ir import Node
from decision_engine.ir.nodes import Code, Decision, Input, Leaf, Number, Payload, Program, Score
from decision_engine.ir.nodes import FeatureSpec as Spec
from decision_engine.trees import Forest, load_lightgbm
from infra.bench.example import SHOP

if TYPE_CHECKING:
    import lightgbm

INPUTS, CATEGORICAL, LEVELS = 17, 5, 12
ROWS = 2_000
_CATEGORIES = ("Month", "OperatingSystems", "Browser", "Region", "TrafficType")
_LABEL = "Revenue"
SIZES = {"small": (10, 8), "medium": (100, 31), "large": (500, 63)}
"""Trees and leaves a tree, by name."""

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model, in LightGBM's hands and in ours."""

    name: str
    booster: lightgbm.Booster
    forest: Forest


@cache
def model(size: str, *, is_numeric: bool = False) -> Model:
    """The model of this size; with `is_numeric` on the same data, but no input is categorical."""
    import lightgbm

    trees, leaves = SIZES[size]
    x, y = _sessions()
    parameters = {
        "objective": "regression",  # m2cgen reads it in every version
        "num_leaves": leaves,
        "min_data_in_leaf": 20,
        "num_threads": 1,
        "deterministic": True,
        "seed": 7,
        "verbosity": -1,
    }
    categorical = [] if is_numeric else list(range(CATEGORICAL))
    booster = lightgbm.train(parameters, lightgbm.Dataset(x, y, categorical_feature=categorical), trees)
    name = f"{size}, numeric" if is_numeric else size
    return Model(name, booster, load_lightgbm(booster.model_to_string(), size).forest)


def rows(count: int = ROWS) -> Rows:
    """Rows to score: sessions in random order, each at most once."""
    x, _ = _sessions()
    return x[np.random.default_rng(13).permutation(len(x))[:count]]


def program_of(forest: Forest) -> Program:
    """A program that reads the forest's score, so that it is emitted."""
    specs = tuple(
        Spec(name, "number", ("session", name), None, None, None, None, None, (), 1, 1) for name in forest.inputs
    )
    inputs = tuple(Number(name) for name in forest.inputs)
    nodes: tuple[Node, ...] = (
        *(Input(index) for index in range(len(inputs))),
        Score(0, tuple(range(len(inputs))), 0),
        Code(0),
    )
    decision = Decision("d", len(nodes) - 1, (Leaf(0, "STATIC", None),), (), 0)
    return Program(
        "sha256:" + "0" * 64, specs, inputs, (), (forest,), (Payload("p", "1"),), nodes, (decision,), (), None
    )


@cache
def _sessions() -> tuple[Rows, Rows]:
    """The example's sessions, the categories first, as codes in the order of their texts; and whether each bought."""
    with (SHOP / "data" / "online_shoppers_intention.csv").open(newline="") as file:
        records = list(csv.DictReader(file))
    names = [name for name in records[0] if name not in (*_CATEGORIES, _LABEL)]
    columns = [_codes([record[name] for record in records]) for name in _CATEGORIES]
    columns += [_numbers([record[name] for record in records]) for name in names]
    bought = np.array([record[_LABEL] == "TRUE" for record in records], dtype=np.float64)
    return np.ascontiguousarray(np.stack(columns, axis=1)), bought


def _codes(texts: list[str]) -> Rows:
    _, codes = np.unique(texts, return_inverse=True)
    return codes.astype(np.float64)


def _numbers(texts: list[str]) -> Rows:
    try:
        return np.array(texts, dtype=np.float64)
    except ValueError:
        return _codes(texts)
