"""Random models of scikit-learn, hostile rows and scikit-learn's own raw scores.

The same index always gives the same case. What scikit-learn's checks of inputs let through is scored by its public
functions; values that only its trees accept (infinities in a forest, for instance) by the functions within.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas
import skops.io
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.ensemble._gradient_boosting import predict_stages
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor
from threadpoolctl import threadpool_limits

from decision_engine.trees import Forest, LoadedModel
from decision_engine.trees.loaders.scikit_learn import read_scikit_learn
from tests.trees.models import Floats, hostile_rows

MODELS = 120

Levels: TypeAlias = Mapping[int, Sequence[Any]]

_FAMILIES: tuple[Callable[..., Any], ...] = (
    RandomForestClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingRegressor,
    ExtraTreesClassifier,
    DecisionTreeClassifier,
    ExtraTreesRegressor,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)
_REGRESSION_LOSSES = {
    "GradientBoostingRegressor": ("squared_error", "absolute_error", "huber", "quantile"),
    "HistGradientBoostingRegressor": ("squared_error", "absolute_error", "quantile", "gamma", "poisson"),
}


@dataclass(frozen=True)
class Case:
    """A fitted estimator, its skops file, `rows` of float64, and scikit-learn's raw scores `expected` (rows by
    outputs). `levels` holds the texts of inputs whose categories are texts: rows hold their places."""

    name: str
    estimator: Any
    content: bytes
    rows: Floats
    expected: Floats
    levels: Levels

    @functools.cached_property
    def model(self) -> LoadedModel:
        """The model, loaded from the file."""
        return read_scikit_learn(self.content, self.name)

    @property
    def forest(self) -> Forest:
        """Its forest."""
        return self.model.forest

    @functools.cached_property
    def accepted(self) -> Any:
        """Which rows scikit-learn's own checks let through."""
        if "Hist" in self.name:
            return np.ones(len(self.rows), dtype=bool)
        with np.errstate(over="ignore"):
            cast = self.rows.astype(np.float32)
        refused = ~np.isfinite(cast) if "Gradient" in self.name else np.isinf(cast)
        return ~refused.any(axis=1)


def iter_cases(count: int = MODELS) -> Iterator[Case]:
    """Cases 0 to count - 1."""
    return map(case, range(count))


@functools.cache
def case(index: int) -> Case:
    """Train model number `index`, and let scikit-learn score its hostile rows."""
    rng = np.random.default_rng([20261122, index])
    family = _FAMILIES[index % len(_FAMILIES)]
    name, turn = family.__name__, index // len(_FAMILIES)
    is_histogram = name.startswith("Hist")
    features, categorical = _features(
        rng, turn, missing="Gradient" not in name or is_histogram, categories=is_histogram
    )
    with_texts = is_histogram and turn % 3 == 1
    texts = {i: [f"level {place:03}" for place in range(201)] for i in categorical if with_texts}
    labels, settings = _task(rng, name, turn, features)
    settings |= _size(rng, name, turn)
    if is_histogram and categorical:
        settings["categorical_features"] = categorical
    estimator = family(random_state=index, **settings)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # of training, for instance for a column that is missing throughout
        estimator.fit(as_given(features, texts), labels, **_weights(rng, name, turn, len(labels)))
    content = skops.io.dumps(estimator)
    model = read_scikit_learn(content, "rows")
    levels = {i: found for i, found in enumerate(model.levels) if found is not None}
    rows = hostile_rows(rng, model.forest, features)
    with np.errstate(over="ignore"):
        near = rows.astype(np.float32).astype(np.float64)
    rows = np.where(rng.random(rows.shape) < 0.2, near, rows)[:300]
    # No infinity is a category: the encoder refuses it.
    rows[:, categorical] = np.clip(rows[:, categorical], -1e300, 1e300)
    return Case(f"{index:03}-{name}", estimator, content, rows, oracle(estimator, rows, levels), levels)


def as_given(rows: Floats, levels: Levels) -> Any:
    """The rows as the estimator is given them: a column with levels holds these texts instead of their places."""
    if not levels:
        return rows
    columns = enumerate(rows.T)
    given = {f"c{i}": [_text(x, levels[i]) for x in column] if i in levels else column for i, column in columns}
    return pandas.DataFrame(given)


def oracle(estimator: Any, rows: Floats, levels: Levels) -> Floats:
    """scikit-learn's raw scores: sums before they are divided, and before any link."""
    name = type(estimator).__name__
    if name.startswith("Hist"):
        with np.errstate(invalid="ignore"):  # of its look for infinities, which it accepts
            return np.ascontiguousarray(estimator._raw_predict(as_given(rows, levels), n_threads=1))
    with np.errstate(over="ignore"):
        cast = np.ascontiguousarray(rows.astype(np.float32))
    if name.startswith("Gradient"):
        scores = np.repeat(estimator._raw_predict_init(np.zeros((1, rows.shape[1]))), len(rows), axis=0)
        predict_stages(estimator.estimators_, cast, estimator.learning_rate, scores)
        return np.ascontiguousarray(scores)
    trees = getattr(estimator, "estimators_", [estimator])
    sums = np.zeros((len(rows), int(getattr(estimator, "n_classes_", 1))))
    for tree in trees:
        sums += tree.predict_proba(cast, check_input=False) if name.endswith("Classifier") else tree.tree_.predict(cast)
    return np.ascontiguousarray(sums[:, 1:] if sums.shape[1] == 2 else sums)


def _text(x: float, levels: Sequence[Any]) -> object:
    if np.isnan(x):
        return np.nan
    return levels[int(x)] if 0 <= x < len(levels) and x.is_integer() else "unheard of"


def _features(rng: np.random.Generator, turn: int, *, missing: bool, categories: bool) -> tuple[Floats, list[int]]:
    """Columns of several kinds, some with missing values, and the numbers of the categorical ones."""
    count = 200
    columns = [
        rng.normal(size=count) if turn % 4 else np.round(rng.normal(size=count), 1),
        rng.exponential(100.0, count).round(2) * (rng.random(count) < 0.7),
        rng.integers(-3, 4, count).astype(float),
    ]
    if turn % 5 == 3:
        columns.append(rng.choice([-1e-35, 0.0, 1e-45, 5e-324, 1e38, -1e38, 1.0], count))
    categorical = []
    for width in ((4,), (26,), (), (120, 3))[turn % 4] if categories else ():
        categorical.append(len(columns))
        columns.append(
            np.minimum(rng.exponential(width / 3, count).round() * (1 + turn % 2), 25 if width < 100 else 200)
        )
    order = rng.permutation(len(columns))
    features = np.column_stack([columns[i] for i in order])
    if missing:
        features[rng.random(features.shape) < (0.0, 0.2, 0.1)[turn % 3]] = np.nan
    return features, sorted(int(np.flatnonzero(order == i)[0]) for i in categorical)


def _task(rng: np.random.Generator, name: str, turn: int, features: Floats) -> tuple[Any, dict[str, Any]]:
    """Labels, a noisy function of all columns, and what they are trained with."""
    filled = np.nan_to_num(np.clip(features, -1e3, 1e3), nan=0.37)
    signal = np.sin(filled).sum(axis=1) + rng.normal(scale=0.3, size=len(filled))
    if name.endswith("Classifier"):
        classes = (2, 3, 2, 5)[turn % 4]
        labels = np.floor(signal.argsort().argsort() / len(signal) * classes).astype(int)
        settings: dict[str, Any] = {}
        if name == "GradientBoostingClassifier" and classes == 2 and turn % 4 == 2:
            settings["loss"] = "exponential"
        return (np.array(["no", "perhaps", "so", "then", "yes"])[labels] if turn % 2 else labels), settings
    losses = _REGRESSION_LOSSES.get(name)
    if losses is None:
        return signal, {}
    loss = losses[turn % len(losses)]
    settings = {"loss": loss}
    if loss == "quantile":
        settings |= {"quantile": 0.7} if name.startswith("Hist") else {"alpha": 0.7}
    return (np.exp(signal) if loss in ("gamma", "poisson") else signal), settings


def _size(rng: np.random.Generator, name: str, turn: int) -> dict[str, Any]:
    leaves = (2, 7, 31, 64, 65, 20, 3, 12, 40, 90)[turn % 10]
    trees = int(rng.integers(1, 14))
    if name.startswith("Hist"):
        size: dict[str, Any] = {"max_iter": trees, "max_leaf_nodes": leaves, "min_samples_leaf": 2}
        return size | {"early_stopping": turn % 4 == 1, "learning_rate": 0.3}
    if name.startswith("Gradient"):
        size = {"n_estimators": trees, "max_leaf_nodes": leaves, "learning_rate": 0.37, "subsample": 0.8}
        return size | ({"init": "zero"} if turn % 5 == 4 else {}) | ({"n_iter_no_change": 2} if turn % 3 == 1 else {})
    if "Forest" in name or "Trees" in name:
        return {"n_estimators": trees, "max_leaf_nodes": None if turn % 4 == 3 else leaves, "n_jobs": 1}
    return {"max_leaf_nodes": None if turn % 4 == 3 else leaves}


def _weights(rng: np.random.Generator, name: str, turn: int, count: int) -> dict[str, Any]:
    return {"sample_weight": rng.random(count) + 0.1} if turn % 3 == 2 and not name.startswith("Hist") else {}
