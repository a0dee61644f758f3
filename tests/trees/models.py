"""Random LightGBM models, hostile rows and LightGBM's own raw scores: the cases of every engine that scores forests.

    for case in iter_cases(200):
        assert_same_bits(my_scores(case.forest, case.rows), case.expected)

The same index always gives the same case: everything is drawn from its number. Cases are kept in the temporary folder
under a digest of this file and LightGBM's version, so that several test modules train once.
"""

from __future__ import annotations

import functools
import hashlib
import math
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import lightgbm
import numpy as np

from decision_engine.trees import CategorySplit, Forest, load_lightgbm

ROWS = 500

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Parameters: TypeAlias = dict[str, object]

_ZERO_BAND = 1.0000000180025095e-35
_SPECIAL = (
    *(
        math.nan,
        math.inf,
        -math.inf,
        0.0,
        -0.0,
        5e-324,
        -5e-324,
        2.2e-308,
        -2.2e-308,
        1e300,
        -1e300,
        1.7976931348623157e308,
    ),
    *(
        sign * x
        for sign in (1.0, -1.0)
        for x in (math.nextafter(_ZERO_BAND, 0), _ZERO_BAND, math.nextafter(_ZERO_BAND, 1))
    ),
    *(
        -1.0,
        -0.5,
        math.nextafter(-1.0, 0.0),
        0.5,
        3.7,
        63.9,
        64.0,
        97.0,
        1e9,
        2147483647.0,
        2147483647.5,
        2147483648.0,
        3e9,
    ),
    *(4294967296.0, 4294967299.0, -2147483648.0, -2147483649.0, -3e9, 1e18, -1e18),
)
_OBJECTIVES: tuple[Parameters, ...] = (
    {"objective": "regression"},
    {"objective": "binary", "sigmoid": 0.7},
    {"objective": "multiclass", "num_class": 3},
    {"objective": "poisson"},
    {"objective": "binary", "boosting": "dart", "drop_rate": 0.5},
    {"objective": "regression", "boosting": "rf", "bagging_fraction": 0.6, "bagging_freq": 1},
    {"objective": "multiclassova", "num_class": 4, "sigmoid": 2.5},
    {"objective": "lambdarank"},
    {"objective": "regression_l1"},
    {"objective": "cross_entropy"},
)
_MISSING: tuple[Parameters, ...] = ({}, {"zero_as_missing": True}, {"use_missing": False})
_LEAVES = (2, 3, 7, 15, 31, 63, 64, 65, 120)


@dataclass(frozen=True)
class Case:
    """A model, `rows` of float64 (ROWS by inputs), and LightGBM's raw scores `expected` (ROWS by outputs)."""

    name: str
    text: str
    rows: Floats
    expected: Floats

    @functools.cached_property
    def forest(self) -> Forest:
        """The model, loaded."""
        return load_lightgbm(self.text, self.name).forest


def iter_cases(count: int = 200) -> Iterator[Case]:
    """Cases 0 to count - 1."""
    for index in range(count):
        yield case(index)


@functools.cache
def case(index: int) -> Case:
    """Case number `index`, from the folder of kept cases or made anew."""
    path = _folder() / f"{index}.npz"
    try:
        kept = np.load(path, allow_pickle=False)
        return Case(str(kept["name"]), str(kept["text"]), kept["rows"], kept["expected"])
    except FileNotFoundError:
        made = make_case(index)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as file:
        np.savez(file, name=made.name, text=made.text, rows=made.rows, expected=made.expected)
    Path(file.name).replace(path)
    return made


def make_case(index: int) -> Case:
    """Train model number `index`, and let LightGBM score its hostile rows."""
    rng = np.random.default_rng([20261121, index])
    objective = _OBJECTIVES[index % len(_OBJECTIVES)]
    missing = _MISSING[index // 2 % len(_MISSING)]
    fine = index % 16 == 5  # more than 254 thresholds for one feature
    leaves = 48 if fine else _LEAVES[(index * 7 + index // 9) % len(_LEAVES)]
    flat = index % 23 == 11  # single-leaf trees
    features, categorical = _features(rng, 1500 if fine else 240, index)
    labels = _labels(rng, features, categorical, objective)
    parameters: Parameters = {
        **{
            "verbosity": -1,
            "num_threads": 1,
            "deterministic": True,
            "seed": index,
            "learning_rate": 0.3,
            "num_leaves": leaves,
        },
        **{"min_data_in_leaf": 10_000 if flat else 2, "min_data_in_bin": 1, "min_sum_hessian_in_leaf": 1e-3},
        **{
            "max_bin": 1400 if fine else int(rng.choice([7, 63, 255])),
            "feature_pre_filter": False,
            "extra_trees": index % 4 == 3,
        },
        **{
            "min_data_per_group": 1,
            "cat_smooth": 0.1,
            "cat_l2": 0.1,
            "max_cat_threshold": int(rng.choice([4, 32, 200])),
        },
        **{"max_cat_to_onehot": int(rng.choice([1, 4, 100]))},
        **missing,
        **objective,
    }
    dataset = lightgbm.Dataset(features, labels, categorical_feature=categorical, free_raw_data=False)
    if objective["objective"] == "lambdarank":
        dataset.set_group([20] * (len(labels) // 20))
    rounds = 60 if fine else int(rng.integers(1, 20))
    text = lightgbm.train(parameters, dataset, rounds).model_to_string()
    name = (
        f"{index:03}-{objective['objective']}-{objective.get('boosting', 'gbdt')}-{leaves}-{'-'.join(missing) or 'nan'}"
    )
    rows = hostile_rows(rng, load_lightgbm(text, name).forest, features)
    return Case(name, text, rows, oracle(text, rows))


def oracle(text: str, rows: Floats) -> Floats:
    """LightGBM's raw scores of a model, one row for each of `rows`."""
    scores = lightgbm.Booster(model_str=text).predict(rows, raw_score=True, num_threads=1)
    return np.asarray(scores, dtype=np.float64).reshape(len(rows), -1)


def hostile_rows(rng: np.random.Generator, forest: Forest, features: Floats) -> Floats:
    """ROWS rows of values where an engine may go wrong, mixed in the later rows with values like those trained on."""
    rows = np.empty((ROWS, len(forest.inputs)))
    for column in range(rows.shape[1]):
        pool = rng.permutation(_hostile_values(rng, forest, column))
        rows[:, column] = np.resize(pool, ROWS)
    usual = features[rng.integers(0, len(features), ROWS)]
    share = np.linspace(-0.3, 1.0, ROWS)[:, None]
    return np.where(rng.random(rows.shape) < share, usual, rows)


def assert_same_bits(found: Floats, expected: Floats) -> None:
    """Equal bit for bit: 0.0 is not -0.0."""
    differing = np.argwhere(found.view(np.int64) != expected.view(np.int64))
    assert len(differing) == 0, f"{len(differing)} scores differ, the first at row and output {differing[0]}"


def _hostile_values(rng: np.random.Generator, forest: Forest, column: int) -> list[float]:
    """Special values, thresholds of the column and one ulp either side, its categories and their neighbours."""
    nodes = [node for tree in forest.trees for node in tree.nodes if forest.views[node.view].input == column]
    values: set[float] = set()
    for node in nodes:
        if isinstance(node, CategorySplit):
            values.update(c + offset for c in node.categories for offset in (0.0, 0.99, 1.0, -1.0))
        else:
            t = node.threshold
            values.update((t, math.nextafter(t, math.inf), math.nextafter(t, -math.inf)))
    found = sorted(values)
    if len(found) > ROWS - len(_SPECIAL):
        found = [found[i] for i in rng.choice(len(found), ROWS - len(_SPECIAL), replace=False)]
    return [*found, *_SPECIAL]


def _features(rng: np.random.Generator, count: int, index: int) -> tuple[Floats, list[int]]:
    """Columns of several kinds, some with missing values, and the numbers of the categorical ones."""
    missing_share = (0.0, 0.15, 0.3)[index % 3]
    columns = [
        rng.normal(size=count),
        rng.exponential(100.0, count).round(2) * (rng.random(count) < 0.7),
        rng.integers(-3, 4, count).astype(float),
    ]
    categorical = []
    for width in ((), (6,), (130,), (40, 700), (3,))[index % 5]:
        categorical.append(len(columns))
        columns.append(np.minimum(rng.exponential(width / 3, count), width).round())
    if index % 7 == 2:
        columns.append(rng.choice([-1e-35, 0.0, 1e-35, 5e-324, 1e308, -1e308, 1.0], count))
    features = np.column_stack(columns)
    features[rng.random(features.shape) < missing_share] = np.nan
    return features, categorical


def _labels(rng: np.random.Generator, features: Floats, categorical: list[int], objective: Parameters) -> Floats:
    """A noisy function of all columns, in the range that the objective needs."""
    filled = np.nan_to_num(features, nan=0.37)
    signal = (
        np.sin(filled[:, 0] * 3)
        + (filled[:, 1] > 60)
        + np.abs(filled[:, 2]) / 3
        + rng.normal(scale=0.3, size=len(filled))
    )
    for column in categorical:
        signal += np.sin(filled[:, column] * 12.9)
    rank = signal.argsort().argsort() / len(signal)
    match objective["objective"]:
        case "binary":
            return (rank > 0.6).astype(float)
        case "multiclass" | "multiclassova":
            # Labels of the last class are sometimes absent: its trees then have one leaf, among others that have more.
            classes = int(str(objective["num_class"]))
            return np.floor(rank * (classes if features.shape[1] == 4 else classes - 1))
        case "poisson" | "lambdarank":
            return np.floor(rank * 5)
        case "cross_entropy":
            return rank
        case _:
            return signal


@functools.cache
def _folder() -> Path:
    """Where cases are kept: a new folder for every change of this file."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + lightgbm.__version__.encode() + np.__version__.encode())
    folder = Path(tempfile.gettempdir()) / f"edgewise-tree-cases-{os.getuid()}-{digest.hexdigest()[:16]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
