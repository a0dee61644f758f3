"""`GradientBoosting*` of scikit-learn: a first score, then learning rate times leaf for each stage and class, in that
order, in double.

The first score is the link of what the first estimator predicts (`_init_raw_predictions`), computed here by the same
operations of numpy and scipy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import Forest, Transform, Tree, View
from decision_engine.trees.loaders.loaded import Link, LoadedModel
from decision_engine.trees.loaders.nodes import check_sums, check_total
from decision_engine.trees.loaders.scikit_learn._forest import MAX_OUTPUTS
from decision_engine.trees.loaders.scikit_learn._saved import (
    SAVE_AGAIN,
    Saved,
    array,
    child,
    integer,
    items,
    number,
    quote,
    text,
)
from decision_engine.trees.loaders.scikit_learn._tree import check_finite, read_nodes

_FIRST_RELEASE = (1, 4)
"""The first release whose first scores are made by the links of `sklearn._loss`."""

_RAREST = 2.0**-23
"""Releases differ in the first score of a class that is rarer."""

_REGRESSIONS = ("squared_error", "absolute_error", "huber", "quantile")


def read_gradient_boosting(saved: Saved, name: str, inputs: tuple[str, ...], version: tuple[int, int]) -> LoadedModel:
    """A `GradientBoostingClassifier` or a `GradientBoostingRegressor`."""
    if version < _FIRST_RELEASE:
        message = f"expected gradient boosting of scikit-learn 1.4 or later, found {version[0]}.{version[1]}"
        raise ModelError("unsupported-version", message, help="train it again with a later release")
    task = _task(saved)
    starts = _starts(saved, task)
    rate = number(saved, "learning_rate")
    stages = items(saved, "estimators_")
    trees: list[Tree] = []
    total = 0
    for i, stage in enumerate(stages):
        if not isinstance(stage, list | tuple) or len(stage) != task.outputs:
            message = f"expected {task.outputs} trees in stage {i}, found another number"
            raise ModelError("wrong-count", message, help=SAVE_AGAIN)
        for k, estimator in enumerate(stage):
            place = f"tree {k} of stage {i}"
            if not isinstance(estimator, Saved):
                raise ModelError("damaged-file", f"expected {place}, found none", help=SAVE_AGAIN)
            nodes = read_nodes(estimator, place, len(inputs), 1, nan_goes_right=True)
            with np.errstate(over="ignore"):
                leaves = rate * nodes.values[:, 0]
            check_finite(leaves, place)
            total += len(nodes.splits) + len(leaves)
            check_total(total)
            trees.append(nodes.tree(leaves))
    if not trees:
        raise ModelError("no-trees", "expected at least one stage, found none", help="train at least one stage")
    check_sums(trees, starts)
    views = tuple(View(i, Transform.AS_IS) for i in range(len(inputs)))
    return LoadedModel(
        forest=Forest(name, inputs, views, tuple(trees), task.outputs, starts),
        trainer="scikit-learn",
        objective=task.loss,
        link=task.link,
        sigmoid=task.sigmoid,
        levels=(None,) * len(inputs),
    )


@dataclass(frozen=True, slots=True)
class _Task:
    """What was trained for."""

    loss: str
    outputs: int
    link: Link
    sigmoid: float = 1.0

    @property
    def is_classifier(self) -> bool:
        return self.link is not Link.IDENTITY


def _task(saved: Saved) -> _Task:
    loss = text(saved, "loss")
    if not saved.name.endswith("Classifier"):
        if loss in _REGRESSIONS:
            return _Task(loss, 1, Link.IDENTITY)
    else:
        classes = integer(saved, "n_classes_", 2, MAX_OUTPUTS)
        if loss == "log_loss":
            return _Task(loss, 1, Link.LOGISTIC) if classes == 2 else _Task(loss, classes, Link.SOFTMAX)
        if loss == "exponential" and classes == 2:
            return _Task(loss, 1, Link.LOGISTIC, 2.0)
    message = f"expected a loss of {saved.name}, found {quote(loss)}"
    raise ModelError("unknown-objective", message, help="train with one of scikit-learn's own losses")


def _starts(saved: Saved, task: _Task) -> tuple[float, ...]:
    """The score of each output before the first stage."""
    if saved.get("init_") == "zero":
        return (0.0,) * task.outputs
    first = child(saved, "init_")
    if not first.is_of_scikit_learn or first.name not in ("DummyClassifier", "DummyRegressor"):
        message = f"expected the default `init`, or `zero`, found {quote(first.name)}"
        raise ModelError("unsupported-model", message, help="train with `init=None` or `init='zero'`")
    if task.is_classifier:
        return _class_starts(first, task)
    constant = float(array(first, "constant_", "fiu", (1, 1))[0, 0])
    return (constant + 0.0,)


def _class_starts(first: Saved, task: _Task) -> tuple[float, ...]:
    """The link of the classes' shares in training."""
    if text(first, "strategy") != "prior":
        message = f"expected a first estimator of strategy `prior`, found {quote(text(first, 'strategy'))}"
        raise ModelError("unsupported-model", message, help="train with `init=None` or `init='zero'`")
    shares = array(first, "class_prior_", "f", (max(task.outputs, 2),)).astype(np.float64)
    if not ((shares >= _RAREST) & (shares <= 1.0 - _RAREST)).all():
        message = "expected classes of at least one row in eight million, found a rarer one"
        raise ModelError("unsupported-model", message, help="train with `init='zero'`")
    if task.outputs == 1:
        from scipy.special import logit  # its import takes longer than all the rest

        score = float(logit(shares[1:])[0])
        return (0.5 * score if task.loss == "exponential" else score,)
    rows = shares[np.newaxis, :]
    mean = np.exp(np.average(np.log(rows), axis=1))  # scipy.stats.gmean
    return tuple(np.log(rows / mean[:, np.newaxis])[0].tolist())
