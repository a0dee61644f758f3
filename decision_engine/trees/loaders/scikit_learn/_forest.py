"""Single trees and forests of scikit-learn: leaves that hold means, or the shares of classes.

A forest adds up the values of its trees, in their order, and divides by their number. A binary classifier becomes one
output, the share of its second class, as `predict_proba(x)[:, 1]`; of three classes and more each becomes an output.
"""

from __future__ import annotations

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import Forest, Transform, Tree, View
from decision_engine.trees.loaders.loaded import Link, LoadedModel
from decision_engine.trees.loaders.nodes import Doubles, check_sums, check_total
from decision_engine.trees.loaders.scikit_learn._saved import SAVE_AGAIN, Saved, integer, items
from decision_engine.trees.loaders.scikit_learn._tree import check_finite, read_nodes

MAX_OUTPUTS = 1_000

_FRACTIONS = (1, 4)
"""The first release whose trees hold shares of classes; before, they hold weights, and prediction divides them."""


def read_tree(saved: Saved, name: str, inputs: tuple[str, ...], version: tuple[int, int]) -> LoadedModel:
    """A `DecisionTree*` or an `ExtraTree*`."""
    return _read(saved, [saved], name, inputs, version)


def read_forest(saved: Saved, name: str, inputs: tuple[str, ...], version: tuple[int, int]) -> LoadedModel:
    """A `RandomForest*` or an `ExtraTrees*`."""
    return _read(saved, items(saved, "estimators_"), name, inputs, version)


def _read(
    saved: Saved, estimators: list[object], name: str, inputs: tuple[str, ...], version: tuple[int, int]
) -> LoadedModel:
    classes = _classes(saved)
    outputs = classes if classes > 2 else 1
    if not estimators:
        raise ModelError("no-trees", "expected at least one tree, found none", help="train at least one tree")
    trees: list[Tree] = []
    total = 0
    for number, estimator in enumerate(estimators):
        if not isinstance(estimator, Saved):
            raise ModelError("damaged-file", f"expected a tree as estimator {number}, found none", help=SAVE_AGAIN)
        place = f"tree {number}"
        nodes = read_nodes(estimator, place, len(inputs), max(classes, 1))
        values = _shares(nodes.values, version) if classes else nodes.values
        check_finite(values, place)
        if classes:
            _check_shares(values, place)
        total += len(nodes.splits) * outputs + len(values)
        check_total(total)
        columns = [values[:, 1 if classes == 2 else 0]] if outputs == 1 else list(values.T)
        trees += [nodes.tree(column) for column in columns]
    check_sums(trees, (0.0,) * outputs)
    return LoadedModel(
        forest=Forest(name, inputs, tuple(View(i, Transform.AS_IS) for i in range(len(inputs))), tuple(trees), outputs),
        trainer="scikit-learn",
        objective=saved.name,
        link=Link.PROBABILITY if classes else Link.IDENTITY,
        divisor=len(estimators),
        levels=(None,) * len(inputs),
    )


def _classes(saved: Saved) -> int:
    """The number of classes, 0 for a regression; ModelError for several outputs."""
    if (outputs := integer(saved, "n_outputs_", 1, 1_000_000)) != 1:
        message = f"expected a model of one output, found one of {outputs}"
        raise ModelError("unsupported-model", message, help="train a model for each output")
    if not saved.name.endswith("Classifier"):
        return 0
    classes = integer(saved, "n_classes_", 1, MAX_OUTPUTS)
    if classes < 2:
        message = "expected at least two classes, found one: the model always says the same"
        raise ModelError("unsupported-model", message, help="train with rows of each class")
    return classes


def _shares(values: Doubles, version: tuple[int, int]) -> Doubles:
    """The shares of classes, as `DecisionTreeClassifier.predict_proba` makes them of a leaf's values."""
    if version >= _FRACTIONS:
        return values
    with np.errstate(all="ignore"):  # a damaged file may hold infinities: what comes of them is refused
        total = values.sum(axis=1)[:, np.newaxis]
        return values / np.where(total == 0.0, 1.0, total)


def _check_shares(shares: Doubles, place: str) -> None:
    """ModelError `out-of-range` for a share that is none; so the sums of shares rise from zero."""
    is_share = (shares >= 0.0) & (shares <= 1.0)
    if not is_share.all():
        message = f"expected shares of classes between 0 and 1 in {place}, found `{shares[~is_share].flat[0]}`"
        raise ModelError("out-of-range", message, help="train with sample weights that are not negative")
