"""Distillation: a smaller ensemble trained on what a model says, and, in a share, on the labels (Hinton, Vinyals and
Dean, 2015). LightGBM trains it: one thread, fixed seed, the same bytes each time with one version."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from decision_engine.budget.fit.metrics import Labels
from decision_engine.budget.fit.scoring import Floats
from decision_engine.trees import Forest, Link
from decision_engine.trees.loaders.lightgbm import read_lightgbm

_TEXTS = ("boosting", "data_sample_strategy", "monotone_constraints_method")
_FLAGS = (
    "boost_from_average", "extra_trees", "is_unbalance", "uniform_drop", "use_missing", "xgboost_dart_mode",
    "zero_as_missing",
)  # fmt: skip
_NUMBERS = (
    "bagging_fraction", "bagging_freq", "bagging_seed", "bin_construct_sample_cnt", "cat_l2", "cat_smooth",
    "data_random_seed", "drop_rate", "drop_seed", "extra_seed", "feature_fraction", "feature_fraction_bynode",
    "feature_fraction_seed", "lambda_l1", "lambda_l2", "learning_rate", "max_bin", "max_cat_threshold",
    "max_cat_to_onehot", "max_delta_step", "max_depth", "max_drop", "min_data_in_bin", "min_data_in_leaf",
    "min_data_per_group", "min_gain_to_split", "min_sum_hessian_in_leaf", "neg_bagging_fraction", "num_leaves",
    "other_rate", "path_smooth", "pos_bagging_fraction", "scale_pos_weight", "seed", "sigmoid", "skip_drop", "top_rate",
)  # fmt: skip
"""The parameters of a model file that say how it was trained; the number of trees is told from the trees."""

_FIXED: dict[str, object] = {"deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1}


class TrainerMissingError(Exception):
    """LightGBM is not installed."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a smaller ensemble is trained and written.

    `label_share` of the target is the label, the rest is what the model says. Each input has at most `bins` ranges, and
    so thresholds; leaves have `bits` bits. `inputs` are the places of the inputs that it may read; None for all.
    """

    leaves: int
    learning_rate: float
    label_share: float
    bits: int = 12
    bins: int = 63
    inputs: tuple[int, ...] | None = None

    @property
    def words(self) -> str:
        """The recipe for people."""
        share = f"{self.label_share:.0%} label" if self.label_share else "the model alone"
        reads = "" if self.inputs is None else f" of {len(self.inputs)} inputs"
        return f"{self.leaves} leaves a tree, {self.bins} bins{reads}, rate {self.learning_rate:g}, {share}"


@dataclass(frozen=True, slots=True)
class Meaning:
    """How raw scores are to be read: see `LoadedModel`. `calibrated` is a curve from them to the model's output."""

    link: Link
    sigmoid: float = 1.0
    divisor: int = 1
    calibrated: Callable[[float], float] | None = None

    def outputs(self, scores: Floats) -> Floats | None:
        """The probability that the model's user sees for each raw score; None where there is none."""
        if self.calibrated is None:
            return self.probabilities(scores)
        return np.array([self.calibrated(float(score)) for score in scores])

    def probabilities(self, scores: Floats) -> Floats | None:
        """The probability by the trainer of each raw score; None where the link gives none."""
        match self.link:
            case Link.LOGISTIC:
                return np.asarray(1.0 / (1.0 + np.exp(-self.sigmoid * scores / self.divisor)))
            case Link.PROBABILITY:
                return np.clip(scores / self.divisor, 0.0, 1.0)
            case _:
                return None


def train_student(
    forest: Forest, rows: Floats, scores: Floats, labels: Labels, meaning: Meaning, recipe: Recipe, trees: int
) -> Forest:
    """A forest of `trees` trees in the place of `forest`, whose raw scores on `rows` are `scores`.

    With probabilities it minimises the cross entropy to them, mixed with the labels, else the squared error of raw
    scores. Its raw scores are on the scale of those it learns from. Raises TrainerMissingError.
    """
    told = meaning.probabilities(scores)
    is_logistic = told is not None and meaning.link is Link.LOGISTIC
    target = scores if told is None else (1.0 - recipe.label_share) * told + recipe.label_share * labels
    parameters = {
        **_FIXED,
        "objective": "cross_entropy" if is_logistic else "regression",
        "num_leaves": recipe.leaves,
        "learning_rate": recipe.learning_rate,
        "min_data_in_leaf": min(20, max(1, len(rows) // 50)),
        "lambda_l2": 5.0,
        "cat_smooth": 20.0,
        "min_data_per_group": 50,
        "max_bin": recipe.bins,
        "seed": 1,
    }
    student = _forest(forest, _booster(forest, _only(rows, recipe.inputs), target, parameters, trees))
    factor = meaning.divisor / meaning.sigmoid if is_logistic else float(meaning.divisor) if told is not None else 1.0
    if factor == 1.0:
        return student
    scaled = tuple(replace(tree, leaves=tuple(leaf * factor for leaf in tree.leaves)) for tree in student.trees)
    return replace(student, trees=scaled)


def retrain(forest: Forest, file: bytes, rows: Floats, labels: Labels) -> Forest | None:
    """A model trained on other rows as the LightGBM model in `file` was; None when the file does not say how."""
    found = re.search(rb"^parameters:\n(.*?)^end of parameters", file, re.DOTALL | re.MULTILINE)
    if found is None:
        return None
    pairs = dict(re.findall(r"^\[(\w+): (.+)\]$", found[1].decode(errors="replace"), re.MULTILINE))
    if pairs.get("objective") != "binary" or pairs.get("linear_tree") == "1":
        return None
    parameters: dict[str, object] = {"objective": "binary"}
    parameters |= {key: pairs[key] for key in _TEXTS if key in pairs}
    parameters |= {key: pairs[key] == "1" for key in _FLAGS if key in pairs}
    parameters |= {key: _number(pairs[key]) for key in _NUMBERS if key in pairs}
    every = {**parameters, **_FIXED}
    return _forest(forest, _booster(forest, rows, labels.astype(np.float64), every, len(forest.trees)))


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"-?[0-9]+", text) else float(text)


def input_gains(forest: Forest, rows: Floats, scores: Floats) -> tuple[float, ...]:
    """How much each input tells about the raw scores, on a scale of its own. Raises TrainerMissingError."""
    parameters = {**_FIXED, "objective": "regression", "num_leaves": 15, "learning_rate": 0.2, "seed": 1}
    gains = _booster(forest, rows, scores, parameters, 32).feature_importance("gain")
    return tuple(float(gain) for gain in gains)


def _only(rows: Floats, inputs: tuple[int, ...] | None) -> Floats:
    """The rows with all other inputs the same everywhere, so that no tree can test them."""
    if inputs is None:
        return rows
    kept = np.zeros_like(rows)
    kept[:, list(inputs)] = rows[:, list(inputs)]
    return kept


def _booster(forest: Forest, rows: Floats, target: Floats, parameters: dict[str, Any], trees: int) -> Any:
    try:
        import lightgbm
    except ImportError as fault:
        raise TrainerMissingError(str(fault)) from fault
    categories = sorted({view.input for view in forest.views if view.transform.is_category})
    names = [f"c{number}" for number in range(len(forest.inputs))]
    data = lightgbm.Dataset(rows, target, feature_name=names, categorical_feature=categories, params=parameters)
    return lightgbm.train(parameters, data, trees)


def _forest(forest: Forest, booster: Any) -> Forest:
    text: str = booster.model_to_string()
    return replace(read_lightgbm(text.encode(), forest.name).forest, inputs=forest.inputs)
