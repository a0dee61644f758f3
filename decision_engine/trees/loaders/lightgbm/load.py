"""LightGBM text models (`Booster.save_model`, format v3 and v4), loaded into the canonical forest.

The text is read, not `dump_model`'s JSON, which writes infinities as 1e300. Dart and random forests need nothing of
their own: their leaves hold the shrinkage, and a raw score is a sum in either.
"""

from __future__ import annotations

import json
import math
from collections import Counter

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import Forest, Tree
from decision_engine.trees.loaders.lightgbm._text import (
    SAVE_AGAIN,
    Document,
    Field,
    Section,
    check_keys,
    integer,
    integers,
    quote,
    read_document,
)
from decision_engine.trees.loaders.lightgbm._tree import read_tree
from decision_engine.trees.loaders.loaded import Level, Link, LoadedModel
from decision_engine.trees.loaders.views import Views

MAX_INPUTS = 100_000
MAX_OUTPUTS = 10_000


def read_lightgbm(content: bytes, name: str) -> LoadedModel:
    """The model in a file's bytes, which are UTF-8 (`load_lightgbm`)."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        message = f"expected a model in UTF-8, found the byte 0x{content[fault.start]:02x} at offset {fault.start}"
        help_line = "save the model as LightGBM's text model: booster.save_model(path)"
        raise ModelError("not-utf8", message, line=line, help=help_line) from None
    return load_lightgbm(text, name)


def load_lightgbm(text: str, name: str, iterations: int | None = None) -> LoadedModel:
    """The model in `text`, called `name` in the registry; with `iterations`, of its first so many iterations only.

    A model saved after early stopping holds its best iterations and no more, so `iterations` is rarely needed. Raw
    scores equal `Booster.predict(raw_score=True)` of LightGBM 4 bit for bit. Raises ModelError for a damaged or
    unsupported file.
    """
    document = read_document(text)
    header = document.header
    check_keys(header, _HEADER_KEYS)
    _check_version(header.get("version"))
    outputs = _read_outputs(header)
    inputs = _read_inputs(header)
    objective, link, sigmoid = _read_objective(header.fields.get("objective"), outputs)
    views = Views()
    _check_tree_count(document, outputs)
    wanted = _wanted_iterations(document, outputs, iterations)
    trees = tuple(read_tree(section, len(inputs), views) for section in document.trees[: wanted * outputs])
    _check_sums(document, trees, outputs)
    categorical = _read_categorical_features(document.categorical_feature, len(inputs)) or _seen_categories(header)
    return LoadedModel(
        forest=Forest(name, inputs, views.all(), trees, outputs),
        trainer="lightgbm",
        objective=objective,
        link=link,
        sigmoid=sigmoid,
        divisor=wanted if "average_output" in header.fields else 1,
        levels=_levels(categorical, _read_pandas_categorical(document.pandas_categorical), len(inputs)),
    )


_HEADER_KEYS = frozenset(
    [
        "version",
        "num_class",
        "num_tree_per_iteration",
        "label_index",
        "max_feature_idx",
        "objective",
        "average_output",
        "feature_names",
        "monotone_constraints",
        "feature_infos",
        "tree_sizes",
    ]
)
_LINKS = {
    **dict.fromkeys(
        ["regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg"], Link.IDENTITY
    ),
    **dict.fromkeys(["poisson", "gamma", "tweedie"], Link.EXPONENTIAL),
    **dict.fromkeys(["binary", "multiclassova", "cross_entropy"], Link.LOGISTIC),
    "multiclass": Link.SOFTMAX,
    "cross_entropy_lambda": Link.SOFTPLUS,
}


def _check_version(entry: Field) -> None:
    if entry.value not in ("v3", "v4"):
        message = f"expected version `v3` or `v4`, found {quote(entry.value)}"
        raise ModelError(
            "unsupported-version", message, line=entry.line, help="load and save the model again with LightGBM 4"
        )


def _read_outputs(header: Section) -> int:
    classes = header.get("num_class")
    outputs = integer(classes, 1, MAX_OUTPUTS)
    per_iteration = integer(header.get("num_tree_per_iteration"), 1, MAX_OUTPUTS)
    if per_iteration != outputs:
        message = f"expected one tree an iteration for each of {outputs} classes, found {per_iteration}"
        raise ModelError("wrong-count", message, line=header.get("num_tree_per_iteration").line, help=SAVE_AGAIN)
    return outputs


def _read_inputs(header: Section) -> tuple[str, ...]:
    count = integer(header.get("max_feature_idx"), 0, MAX_INPUTS - 1) + 1
    entry = header.get("feature_names")
    names = tuple(entry.value.split(" "))
    if len(names) != count or "" in names:
        message = f"expected {count} feature names (`max_feature_idx` + 1), found {len(names) - names.count('')}"
        raise ModelError("wrong-count", message, line=entry.line, help=SAVE_AGAIN)
    if len(set(names)) != count:
        again = Counter(names).most_common(1)[0][0]
        message = f"expected distinct feature names, found {quote(again)} twice"
        raise ModelError(
            "repeated-name", message, line=entry.line, help="train with a name of its own for each feature"
        )
    return names


def _read_objective(entry: Field | None, outputs: int) -> tuple[str, Link, float]:
    """The objective's name, link and sigmoid; a file of a custom objective has no such line."""
    if entry is None:
        return "custom", Link.IDENTITY, 1.0
    name, *options = entry.value.split(" ")
    link = _LINKS.get(name)
    if link is None:
        message = f"expected an objective of LightGBM, found {quote(name)}"
        raise ModelError("unknown-objective", message, line=entry.line, help=f"known are: {', '.join(sorted(_LINKS))}")
    if link is Link.IDENTITY and "sqrt" in options:
        link = Link.SIGNED_SQUARE
    values = dict(option.split(":", 1) for option in options if ":" in option)
    if values.get("num_class", str(outputs)) != str(outputs):
        message = f"expected the objective's `num_class:{outputs}`, found {quote('num_class:' + values['num_class'])}"
        raise ModelError("wrong-count", message, line=entry.line, help=SAVE_AGAIN)
    return name, link, _read_sigmoid(values.get("sigmoid", "1"), entry)


def _read_sigmoid(value: str, entry: Field) -> float:
    try:
        sigmoid = float(value)
    except ValueError:
        sigmoid = math.nan
    if not 0.0 < sigmoid < math.inf:
        message = f"expected a positive number after `sigmoid:`, found {quote(value)}"
        raise ModelError("not-a-number", message, line=entry.line, help=SAVE_AGAIN)
    return sigmoid


def _check_tree_count(document: Document, outputs: int) -> None:
    """At least one tree, as many as `tree_sizes` says, a whole number of iterations."""
    found = len(document.trees)
    sizes = document.header.fields.get("tree_sizes")
    if found == 0:
        raise ModelError(
            "no-trees", "expected at least one tree, found none", line=1, help="train at least one iteration"
        )
    if sizes is not None:
        integers(sizes, found, "tree")
    if found % outputs:
        message = f"expected {outputs} trees in each iteration, found {found} trees in all"
        raise ModelError("wrong-count", message, line=document.trees[-1].line, help=SAVE_AGAIN)


def _wanted_iterations(document: Document, outputs: int, iterations: int | None) -> int:
    available = len(document.trees) // outputs
    if iterations is None:
        return available
    if not 1 <= iterations <= available:
        message = f"expected between 1 and {available} iterations to be asked for, found {iterations}"
        raise ModelError(
            "out-of-range", message, line=1, help="ask for fewer iterations, or leave the number out to have all"
        )
    return iterations


def _check_sums(document: Document, trees: tuple[Tree, ...], outputs: int) -> None:
    """INVARIANT (scores-are-finite): no choice of leaves makes a sum infinite or NaN."""
    bounds = [0.0] * outputs
    for i, tree in enumerate(trees):
        bounds[i % outputs] += max(map(abs, tree.leaves))
        if bounds[i % outputs] == math.inf:
            message = (
                f"expected leaves whose sum is finite, found that the first {i + 1} trees can pass the largest number"
            )
            line = document.trees[i].get("leaf_value").line
            raise ModelError("not-finite", message, line=line, help="training diverged: check labels and learning rate")


def _read_categorical_features(entry: Field | None, inputs: int) -> tuple[int, ...]:
    """The input numbers of `[categorical_feature: 1,3]`; names (`name:...`) are left out, as the trees say the same."""
    if entry is None or not entry.value.replace(",", "").isdecimal():
        return ()
    spaced = Field(entry.key, entry.value.replace(",", " "), entry.line)
    numbers = integers(spaced, entry.value.count(",") + 1, "comma")
    return tuple(sorted({number for number in numbers if number < inputs}))


def _seen_categories(header: Section) -> tuple[int, ...]:
    """The inputs whose training values are listed (`1:2:3`) rather than given as a range (`[0:1]`)."""
    entry = header.fields.get("feature_infos")
    infos = [] if entry is None else entry.value.split(" ")
    return tuple(number for number, info in enumerate(infos) if info != "none" and not info.startswith("["))


def _levels(
    categorical: tuple[int, ...], columns: tuple[tuple[Level, ...], ...] | None, inputs: int
) -> tuple[tuple[Level, ...] | None, ...]:
    """The levels of each input; pandas' category columns stand in the order of the categorical features, if as many."""
    levels: list[tuple[Level, ...] | None] = [None] * inputs
    if columns is not None and len(columns) == len(categorical):
        for place, column in zip(categorical, columns, strict=True):
            levels[place] = column
    return tuple(levels)


def _read_pandas_categorical(entry: Field | None) -> tuple[tuple[Level, ...], ...] | None:
    if entry is None:
        return None
    try:
        columns = json.loads(entry.value)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, list) or not all(isinstance(levels, list) for levels in columns):
        message = f"expected a JSON list of lists in `pandas_categorical`, found {quote(entry.value)}"
        raise ModelError("damaged-file", message, line=entry.line, help=SAVE_AGAIN)
    for level in (level for levels in columns for level in levels):
        if not isinstance(level, str | int | float):
            message = (
                f"expected texts, numbers and truth values in `pandas_categorical`, found {quote(json.dumps(level))}"
            )
            raise ModelError(
                "damaged-file", message, line=entry.line, help="turn the column's levels into texts before training"
            )
    return tuple(tuple(levels) for levels in columns)
