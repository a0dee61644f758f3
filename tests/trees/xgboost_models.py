"""Random XGBoost models, hostile rows and XGBoost's own raw scores, as `tests.trees.models` has them of LightGBM.

The same index always gives the same case. Cases are kept in the temporary folder under a digest of this file and of
XGBoost's version.
"""

from __future__ import annotations

import functools
import hashlib
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from decision_engine.trees import LOADERS, Forest
from tests.trees.models import Floats, Parameters, hostile_rows

MODELS = 100

_OBJECTIVES: tuple[Parameters, ...] = (
    {"objective": "reg:squarederror"},
    {"objective": "binary:logistic"},
    {"objective": "multi:softprob", "num_class": 3},
    {"objective": "count:poisson"},
    {"objective": "rank:ndcg"},
    {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]},
    {"objective": "binary:logitraw"},
    {"objective": "reg:gamma"},
    {"objective": "multi:softmax", "num_class": 4},
    {"objective": "reg:tweedie"},
    {"objective": "reg:logistic"},
    {"objective": "survival:cox"},
    {"objective": "rank:pairwise"},
    {"objective": "reg:absoluteerror"},
    {"objective": "binary:hinge"},
    {"objective": "reg:squarederror", "targets": 2},
    {"objective": "survival:aft"},
    {"objective": "reg:pseudohubererror"},
    {"objective": "reg:squaredlogerror"},
)
_BOOSTERS: tuple[Parameters, ...] = (
    {},
    {"booster": "dart", "rate_drop": 0.5},
    {"num_parallel_tree": 3, "subsample": 0.6},
    {},
    {"booster": "dart", "rate_drop": 0.3, "normalize_type": "forest", "num_parallel_tree": 2, "subsample": 0.7},
)
_METHODS: tuple[Parameters, ...] = (
    {"tree_method": "hist", "max_depth": 4},
    {"tree_method": "exact", "max_depth": 5, "gamma": 0.05},
    {"tree_method": "hist", "max_depth": 0, "max_leaves": 90, "grow_policy": "lossguide"},
    {"tree_method": "approx", "max_depth": 3},
    {"tree_method": "hist", "max_depth": 9, "max_bin": 1400},
    {"tree_method": "hist", "max_depth": 1},
    {"tree_method": "hist", "max_depth": 6, "gamma": 1e9},
)


@dataclass(frozen=True)
class XGBoostCase:
    """A model's file, `rows` of float64, and XGBoost's raw scores `expected` (rows by outputs)."""

    name: str
    content: bytes
    rows: Floats
    expected: Floats

    @functools.cached_property
    def forest(self) -> Forest:
        """The model, loaded."""
        return LOADERS["xgboost"](self.content, self.name).forest


@functools.cache
def xgboost_case(index: int) -> XGBoostCase:
    """Case number `index`, from the folder of kept cases or made anew."""
    path = _folder() / f"{index}.npz"
    try:
        kept = np.load(path, allow_pickle=False)
        return XGBoostCase(str(kept["name"]), kept["content"].tobytes(), kept["rows"], kept["expected"])
    except FileNotFoundError:
        made = _make_case(index)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        content = np.frombuffer(made.content, np.uint8)
        np.savez(file, name=made.name, content=content, rows=made.rows, expected=made.expected)
    Path(file.name).replace(path)
    return made


def xgboost_oracle(content: bytes, rows: Floats) -> Floats:
    """XGBoost's raw scores of a model, one row for each of `rows`.

    A DMatrix refuses infinities, `inplace_predict` takes them, and both give the same where both can; but only for
    trees without dart's weights. So dart's rows should hold none (`usable`).
    """
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(content))
    with np.errstate(over="ignore"):
        finite = ~np.isinf(rows.astype(np.float32)).any(axis=1)
    names, types = booster.feature_names, booster.feature_types
    matrix = xgboost.DMatrix(rows[finite], feature_names=names, feature_types=types, enable_categorical=True, nthread=1)
    scores = booster.predict(matrix, output_margin=True).reshape(finite.sum(), -1)
    if _is_dart(booster):
        assert finite.all(), "dart's rows are usable ones"
        return scores.astype(np.float64)
    found = np.asarray(booster.inplace_predict(rows, predict_type="margin", validate_features=False))
    found = found.reshape(len(rows), -1)
    assert found[finite].tobytes() == scores.tobytes()
    return found.astype(np.float64)


def usable(content: bytes, rows: Floats) -> Floats:
    """`rows`, and for a dart model with the largest float32 values in place of what is infinite as float32."""
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(content))
    largest = float(np.finfo(np.float32).max)
    return np.clip(rows, -largest, largest) if _is_dart(booster) else rows


def _is_dart(booster: xgboost.Booster) -> bool:
    return '"name":"dart"' in booster.save_config()


def _make_case(index: int) -> XGBoostCase:
    rng = np.random.default_rng([20261122, index])
    objective = _OBJECTIVES[index % len(_OBJECTIVES)]
    booster = _BOOSTERS[index // 2 % len(_BOOSTERS)]
    method = _METHODS[index // 3 % len(_METHODS)]
    widths = () if method["tree_method"] == "exact" else ((), (5,), (90,), (30, 300), (3,))[index % 5]
    features, types = _features(rng, 1500 if "max_bin" in method else 240, index, widths)
    labels = _labels(rng, features, objective)
    matrix = xgboost.DMatrix(features, labels, feature_types=types, enable_categorical=True, nthread=1)
    if str(objective["objective"]).startswith("rank"):
        matrix.set_group([20] * (len(features) // 20))
    if objective["objective"] == "survival:aft":
        matrix.set_float_info("label_lower_bound", labels)
        matrix.set_float_info("label_upper_bound", labels * 2)
    parameters: Parameters = {
        "nthread": 1,
        "seed": index,
        "verbosity": 0,
        "eta": 0.4,
        "min_child_weight": 0.05,
        "max_cat_to_onehot": int(rng.choice([1, 4, 100])),
        "max_cat_threshold": int(rng.choice([4, 64])),
        **({"base_score": float(rng.uniform(0.05, 0.95))} if index % 4 == 1 else {}),
        **method,
        **booster,
        **{key: value for key, value in objective.items() if key != "targets"},
    }
    trained = xgboost.train(parameters, matrix, int(rng.integers(1, 14)))
    content = bytes(trained.save_raw("json" if index % 2 else "ubj"))
    kind = booster.get("booster", "gbtree")
    name = f"{index:03}-{objective['objective']}-{kind}-{method['tree_method']}-{len(widths)}"
    forest = LOADERS["xgboost"](content, name).forest
    rows = usable(content, np.vstack([hostile_rows(rng, forest, features), _float32_rows(rng, forest)]))
    return XGBoostCase(name, content, rows, xgboost_oracle(content, rows))


def _float32_rows(rng: np.random.Generator, forest: Forest) -> Floats:
    """Rows of values around what float32 can tell apart: its least and largest numbers, ties of rounding, 2^24."""
    least, largest = 2.0**-149, float(np.finfo(np.float32).max)
    edges = [least, least / 2, least * 0.75, largest, largest + 2.0**103, 2.0**24, 2.0**24 + 1, 2.0**24 - 1, 0.1, 1.0]
    values = [sign * math.nextafter(x, toward) for x in edges for sign in (1, -1) for toward in (0.0, x, math.inf)]
    return rng.choice([*values, 0.0, -0.0, math.nan], (100, len(forest.inputs)))


def _features(rng: np.random.Generator, count: int, index: int, widths: tuple[int, ...]) -> tuple[Floats, list[str]]:
    """Columns of several kinds, some with missing values, and XGBoost's types of them."""
    columns = [
        rng.normal(size=count),
        rng.exponential(100.0, count).round(2) * (rng.random(count) < 0.7),
        rng.integers(-3, 4, count).astype(float),
    ]
    if index % 7 == 2:
        columns.append(rng.choice([-1e-40, 0.0, 1e-40, 2.0**-149, 1e38, -1e38, 1.0], count))
    types = ["q"] * len(columns)
    for width in widths:
        types.append("c")
        columns.append(np.minimum(rng.exponential(width / 3, count), width).round())
    features = np.column_stack(columns)
    features[rng.random(features.shape) < (0.0, 0.15, 0.3)[index % 3]] = np.nan
    return features, types


def _labels(rng: np.random.Generator, features: Floats, objective: Parameters) -> Floats:
    """A noisy function of all columns, in the range that the objective needs."""
    filled = np.nan_to_num(features, nan=0.37)
    signal = np.sin(filled[:, 0] * 3) + (filled[:, 1] > 60) + rng.normal(scale=0.3, size=len(filled))
    signal += np.sin(filled[:, 2:] * 12.9).sum(axis=1)
    rank = signal.argsort().argsort() / len(signal)
    match str(objective["objective"]):
        case "binary:logistic" | "binary:logitraw" | "binary:hinge":
            return (rank > 0.6).astype(float)
        case "multi:softprob" | "multi:softmax":
            return np.floor(rank * int(str(objective["num_class"])))
        case "count:poisson" | "rank:ndcg" | "rank:pairwise":
            return np.floor(rank * 5)
        case "reg:gamma" | "reg:tweedie" | "reg:logistic" | "survival:cox" | "survival:aft" | "reg:squaredlogerror":
            return rank * 0.9 + 0.05
        case _:
            return np.column_stack([signal, -rank]) if "targets" in objective else signal


@functools.cache
def _folder() -> Path:
    """Where cases are kept: a new folder for every change of this file."""
    versions: Any = (xgboost.__version__, np.__version__)
    digest = hashlib.sha256(Path(__file__).read_bytes() + repr(versions).encode())
    folder = Path(tempfile.gettempdir()) / f"edgewise-xgboost-cases-{os.getuid()}-{digest.hexdigest()[:16]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
