"""Tree ensembles of ONNX files (TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml 1 to 3), loaded into the
canonical forest with the arithmetic of ONNX Runtime on one thread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import Forest, Summation, Tree
from decision_engine.trees.loaders.loaded import Link, LoadedModel
from decision_engine.trees.loaders.nodes import check_sums
from decision_engine.trees.loaders.onnx._ensemble import (
    MAX_INPUTS,
    Nodes,
    Weights,
    build_trees,
    numbers,
    read_nodes,
    read_weights,
)
from decision_engine.trees.loaders.onnx._graph import Ensemble, read_ensemble
from decision_engine.trees.loaders.onnx._wire import SAVE_AGAIN, Floats
from decision_engine.trees.loaders.views import Views

MAX_CLASSES = 1_000

_LARGEST_SUM = float(np.finfo(np.float32).max) / 2
"""Half the largest float32, so that rounding cannot lead beyond it."""


@dataclass(frozen=True, slots=True)
class _Scores:
    """How weights become scores: `columns` are the classes that have one, each with its base value if there are any."""

    columns: tuple[int, ...]
    base: tuple[float, ...]
    link: Link
    divisor: int = 1


def load_file(content: bytes, name: str) -> LoadedModel:
    """The model in the bytes of an ONNX file (`read_onnx`)."""
    ensemble = read_ensemble(content)
    nodes = read_nodes(ensemble)
    inputs = _inputs(ensemble, nodes)
    views = Views()
    is_classifier = ensemble.operator == "TreeEnsembleClassifier"
    classes = _class_count(ensemble) if is_classifier else _target_count(ensemble)
    weights = read_weights(ensemble, nodes, "class" if is_classifier else "target", classes)
    found = build_trees(nodes, weights, classes, inputs, views)
    scores = _classifier(ensemble, weights, classes) if is_classifier else _regressor(ensemble, nodes)
    trees = _in_turn([found[column] for column in scores.columns], scores.base)
    outputs = len(scores.columns)
    check_sums(trees, (0.0,) * outputs, np.inf if ensemble.is_double else _LARGEST_SUM)
    return LoadedModel(
        forest=Forest(
            name,
            tuple(f"x{i}" for i in range(inputs)),
            views.all(),
            tuple(trees),
            outputs,
            summation=Summation.FLOAT64 if ensemble.is_double else Summation.FLOAT32,
        ),
        trainer="onnx",
        objective=f"{ensemble.operator} {_text(ensemble, 'post_transform', 'NONE')}",
        link=scores.link,
        divisor=scores.divisor,
        levels=(None,) * inputs,
    )


def _inputs(ensemble: Ensemble, nodes: Nodes) -> int:
    """The number of columns of the input, or as many as trees read where the graph does not tell."""
    if ensemble.width is not None and 1 <= ensemble.width <= MAX_INPUTS:
        return ensemble.width
    is_split = np.array([mode != "LEAF" for mode in nodes.modes])
    read = int(nodes.features[is_split].max(initial=0)) + 1
    if not 1 <= read <= MAX_INPUTS:
        message = f"expected features between 0 and {MAX_INPUTS - 1}, found {read - 1}"
        raise ModelError("out-of-range", message, help=SAVE_AGAIN)
    return read


def _class_count(ensemble: Ensemble) -> int:
    found = [
        len(attribute.texts) + len(attribute.integers)
        for key, attribute in ensemble.attributes.items()
        if key in ("classlabels_strings", "classlabels_int64s")
    ]
    if len(found) != 1 or not 2 <= found[0] <= MAX_CLASSES:
        message = f"expected labels of 2 to {MAX_CLASSES:,} classes, found {sum(found):,}"
        raise ModelError("unsupported-model", message, help="train with rows of each class")
    return found[0]


def _target_count(ensemble: Ensemble) -> int:
    targets = ensemble.attributes["n_targets"].integer if "n_targets" in ensemble.attributes else 1
    if targets != 1:
        message = f"expected one target, found {targets}"
        raise ModelError("unsupported-model", message, help="train a model for each target")
    return targets


def _classifier(ensemble: Ensemble, weights: Weights, classes: int) -> _Scores:
    transform = _text(ensemble, "post_transform", "NONE")
    base = numbers(ensemble, "base_values")
    used = sorted({*weights.classes.tolist()})
    are_shares = bool((weights.values >= 0.0).all())
    if classes == 2 and len(used) == 1:
        return _binary(transform, base, used[0], weights)
    if len(used) != classes:
        missing = next(k for k in range(classes) if k not in used)
        message = f"expected weights for each class, found none for class {missing}"
        raise ModelError("unsupported-model", message, help="convert the model again with a current converter")
    _check_base(base, classes)
    links = {
        "NONE": Link.PROBABILITY if are_shares and not len(base) else Link.IDENTITY,
        "SOFTMAX": Link.SOFTMAX,
        "LOGISTIC": Link.LOGISTIC,
    }
    return _Scores(tuple(range(classes)), tuple(base.tolist()), _link(links, transform))


def _binary(transform: str, base: Floats, used: int, weights: Weights) -> _Scores:
    """Two classes, of which one has weights: those of the second class, whatever its number says.

    ONNX Runtime takes weights of which none is negative for probabilities, and compares them with a half.
    """
    if len(base) == 2 and used == 1:
        base = base[1:]  # the runtime takes the second class's alone
    elif len(base) and (len(base) != 1 or used != 0):
        message = f"expected a base value for the class that has weights, found {len(base)}"
        raise ModelError("unsupported-model", message, help="convert the model again with a current converter")
    are_shares = bool((weights.values >= 0.0).all())
    if are_shares and (transform != "NONE" or len(base)):
        message = f"expected no `{transform}` and no base value over weights that are probabilities, found one"
        raise ModelError("unsupported-model", message, help="ONNX Runtime leaves it out: load the trainer's own file")
    links = {"NONE": Link.PROBABILITY if are_shares else Link.IDENTITY, "LOGISTIC": Link.LOGISTIC}
    return _Scores((used,), tuple(base.tolist()), _link(links, transform))


def _regressor(ensemble: Ensemble, nodes: Nodes) -> _Scores:
    base = numbers(ensemble, "base_values")
    _check_base(base, 1)
    link = _link({"NONE": Link.IDENTITY}, _text(ensemble, "post_transform", "NONE"))
    function = _text(ensemble, "aggregate_function", "SUM")
    if function == "SUM":
        return _Scores((0,), tuple(base.tolist()), link)
    if function == "AVERAGE" and not base.any():
        return _Scores((0,), (), link, len(set(nodes.trees.tolist())))
    message = f"expected the aggregate function SUM, or AVERAGE without base values, found `{function[:40]}`"
    raise ModelError("unsupported-model", message, help="a sum is what all targets compute")


def _check_base(base: Floats, outputs: int) -> None:
    if len(base) not in (0, outputs):
        message = f"expected {outputs} base values, or none, found {len(base)}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    if not np.isfinite(base).all():
        raise ModelError("not-finite", "expected finite base values, found another", help="training diverged")


def _link(links: dict[str, Link], transform: str) -> Link:
    if transform not in links:
        message = f"expected the post transform {' or '.join(links)}, found `{transform[:40]}`"
        raise ModelError("unknown-objective", message, help="convert the model without it")
    return links[transform]


def _text(ensemble: Ensemble, key: str, otherwise: str) -> str:
    return ensemble.attributes[key].text if key in ensemble.attributes else otherwise


def _in_turn(columns: list[list[Tree]], base: tuple[float, ...]) -> list[Tree]:
    """The trees of each class, taken in turn; shorter rows are filled up by trees that add 0, and base values come
    last."""
    nothing = Tree((), (0.0,))
    longest = max(map(len, columns))
    filled = [[*column, *[nothing] * (longest - len(column))] for column in columns]
    if base:
        filled = [[*column, Tree((), (value,))] for column, value in zip(filled, base, strict=True)]
    return [column[i] for i in range(len(filled[0])) for column in filled]
