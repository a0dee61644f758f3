"""`HistGradientBoosting*` of scikit-learn: a baseline, then the leaves of each iteration's trees, in double.

Its rules, from `_predict_one_from_raw_data` and the preprocessor in front of it: inputs are doubles, compared by `<=`;
NaN goes where `missing_go_to_left` says. Columns of categories stand first, and hold the place of the value among
those of training (`OrdinalEncoder`); a value that is not among them goes where NaN goes. So a category split is told by
the known categories that leave NaN's side, and no set ever needs to name NaN.

The input of a column whose categories are texts is the place among its levels. Of a column of whole numbers it is the
number itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import NAN_CATEGORY, CategorySplit, Forest, Split, Transform, Tree, TreeNode, View
from decision_engine.trees.loaders.loaded import Level, Link, LoadedModel
from decision_engine.trees.loaders.nodes import check_size, check_sums, check_total, node_places
from decision_engine.trees.loaders.scikit_learn._forest import MAX_OUTPUTS
from decision_engine.trees.loaders.scikit_learn._saved import (
    SAVE_AGAIN,
    Array,
    Saved,
    array,
    child,
    field,
    integer,
    items,
    plain,
    quote,
    text,
)
from decision_engine.trees.loaders.scikit_learn._tree import check_finite

_ENCODING_RELEASE = (1, 4)
"""The first release that encodes categories before its trees see them."""

_MOST_CATEGORIES = 256
_LINKS = {
    **dict.fromkeys(["squared_error", "absolute_error", "quantile"], Link.IDENTITY),
    **dict.fromkeys(["gamma", "poisson"], Link.EXPONENTIAL),
}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the trees: the input it comes from, the values that its codes stand for (None for a number), and the
    levels of texts."""

    input: int
    values: tuple[int, ...] | None = None
    levels: tuple[Level, ...] | None = None

    @property
    def view(self) -> View:
        return View(self.input, Transform.AS_IS if self.values is None else Transform.CATEGORY_OR_NAN)


def read_histogram_boosting(saved: Saved, name: str, inputs: tuple[str, ...], version: tuple[int, int]) -> LoadedModel:
    """A `HistGradientBoostingClassifier` or a `HistGradientBoostingRegressor`."""
    outputs = integer(saved, "n_trees_per_iteration_", 1, MAX_OUTPUTS)
    loss, link = _loss(saved, outputs)
    columns = _columns(saved, len(inputs), version)
    known = _known_categories(saved, columns)
    trees: list[Tree] = []
    total = 0
    for i, iteration in enumerate(items(saved, "_predictors")):
        if not isinstance(iteration, list | tuple) or len(iteration) != outputs:
            message = f"expected {outputs} trees in iteration {i}, found another number"
            raise ModelError("wrong-count", message, help=SAVE_AGAIN)
        for k, predictor in enumerate(iteration):
            place = f"tree {k} of iteration {i}"
            if not isinstance(predictor, Saved):
                raise ModelError("damaged-file", f"expected {place}, found none", help=SAVE_AGAIN)
            trees.append(_read_tree(predictor, place, columns, known))
            total += len(trees[-1].nodes) + len(trees[-1].leaves)
            check_total(total)
    if not trees:
        raise ModelError("no-trees", "expected at least one iteration, found none", help="train at least one")
    starts = tuple((0.0 + array(saved, "_baseline_prediction", "f", (1, outputs))[0].astype(np.float64)).tolist())
    check_sums(trees, starts)
    levels: list[tuple[Level, ...] | None] = [None] * len(inputs)
    for column in columns:
        levels[column.input] = column.levels
    return LoadedModel(
        forest=Forest(name, inputs, tuple(column.view for column in columns), tuple(trees), outputs, starts),
        trainer="scikit-learn",
        objective=loss,
        link=link,
        levels=tuple(levels),
    )


def _loss(saved: Saved, outputs: int) -> tuple[str, Link]:
    if not isinstance(saved.get("loss"), str):
        raise ModelError(
            "unsupported-model", "expected a loss by its name, found one's own", help="train with one of scikit-learn's"
        )
    loss = text(saved, "loss")
    if saved.name.endswith("Classifier"):
        link = (Link.LOGISTIC if outputs == 1 else Link.SOFTMAX) if loss == "log_loss" else None
    else:
        link = _LINKS.get(loss) if outputs == 1 else None
    if link is None:
        message = f"expected a loss of {saved.name}, found {quote(loss)}"
        raise ModelError("unknown-objective", message, help="train with one of scikit-learn's own losses")
    return loss, link


def _columns(saved: Saved, inputs: int, version: tuple[int, int]) -> tuple[_Column, ...]:
    """The columns that trees read, by number: those of categories first, then the others."""
    if saved.get("is_categorical_") is None:
        return tuple(map(_Column, range(inputs)))
    if version < _ENCODING_RELEASE:
        message = f"expected categories of scikit-learn 1.4 or later, found {version[0]}.{version[1]}"
        raise ModelError("unsupported-version", message, help="train it again with a later release")
    mask = array(saved, "is_categorical_", "b", (inputs,)).tolist()
    if not any(mask):
        return tuple(map(_Column, range(inputs)))
    encoder = _encoder(saved)
    categorical = [i for i, is_categorical in enumerate(mask) if is_categorical]
    categories = items(encoder, "categories_")
    if len(categories) != len(categorical):
        message = f"expected categories of {len(categorical)} columns, found those of {len(categories)}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    encoded = [_categorical(place, found) for place, found in zip(categorical, categories, strict=True)]
    return (*encoded, *(_Column(i) for i, is_categorical in enumerate(mask) if not is_categorical))


def _encoder(saved: Saved) -> Saved:
    """The encoder of categories, the first step of the preprocessor."""
    for step in items(child(saved, "_preprocessor"), "transformers_"):
        if isinstance(step, tuple) and len(step) == 3 and step[0] == "encoder" and isinstance(step[1], Saved):
            return step[1]
    raise ModelError("missing-key", "expected the step `encoder` in the preprocessor, found none", help=SAVE_AGAIN)


def _categorical(place: int, found: object) -> _Column:
    """The column of an input with the categories `found`, in the order of their codes; a last one that is missing
    needs no code."""
    stored = plain(found)
    categories = stored.tolist() if isinstance(stored, np.ndarray) and stored.ndim == 1 else stored
    if not isinstance(categories, list) or not 0 < len(categories) <= _MOST_CATEGORIES + 1:
        message = f"expected 1 to {_MOST_CATEGORIES} categories of input {place}, found others"
        raise ModelError("damaged-file", message, help=SAVE_AGAIN)
    if categories[-1] is None or (isinstance(categories[-1], float) and math.isnan(categories[-1])):
        categories = categories[:-1]
    if all(isinstance(category, str) for category in categories):
        return _Column(place, tuple(range(len(categories))), tuple(categories))
    whole = [_whole(category, place) for category in categories]
    if len(set(whole)) != len(whole):
        raise ModelError(
            "damaged-file", f"expected distinct categories of input {place}, found others", help=SAVE_AGAIN
        )
    return _Column(place, tuple(whole))


def _whole(category: object, place: int) -> int:
    if isinstance(category, int | float) and float(category).is_integer() and 0 <= category < NAN_CATEGORY:
        return int(category)
    message = f"expected texts, or whole numbers from 0, as categories of input {place}, found {quote(category)}"
    raise ModelError("unsupported-model", message, help="turn the column's categories into texts before training")


def _known_categories(saved: Saved, columns: Sequence[_Column]) -> tuple[frozenset[int], ...]:
    """For each column the codes that its trees know, as the bins of the mapper tell."""
    if all(column.values is None for column in columns):
        return (frozenset(),) * len(columns)
    bins = items(child(saved, "_bin_mapper"), "bin_thresholds_")
    if len(bins) != len(columns):
        message = f"expected the bins of {len(columns)} columns, found those of {len(bins)}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    known = []
    for column, found in zip(columns, bins, strict=True):
        stored = plain(found)
        codes = stored.tolist() if isinstance(stored, np.ndarray) and stored.ndim == 1 else []
        known.append(frozenset(codes) if column.values is not None else frozenset())
    return tuple(known)


def _read_tree(predictor: Saved, place: str, columns: Sequence[_Column], known: Sequence[frozenset[int]]) -> Tree:
    records = array(predictor, "nodes", "V", (None,))
    check_size(len(records), place)
    is_leaf = field(records, "is_leaf", "bu", predictor).astype(bool)
    left, right = (field(records, key, "iu", predictor).tolist() for key in ("left", "right"))
    places = node_places(left, right, is_leaf.tolist(), place, SAVE_AGAIN)
    splits = _Splits(records, predictor, place, columns, known)
    nodes = tuple(splits.node(i, places[left[i]], places[right[i]]) for i in np.flatnonzero(~is_leaf).tolist())
    leaves = field(records, "value", "f", predictor).astype(np.float64)[is_leaf]
    check_finite(leaves, place)
    return Tree(nodes, tuple(leaves.tolist()))


class _Splits:
    """The splits of one tree."""

    def __init__(
        self,
        records: Array,
        predictor: Saved,
        place: str,
        columns: Sequence[_Column],
        known: Sequence[frozenset[int]],
    ) -> None:
        self._place, self._columns, self._known = place, columns, known
        self._features = field(records, "feature_idx", "iu", predictor).tolist()
        self._thresholds = field(records, "num_threshold", "f", predictor).astype(np.float64).tolist()
        self._nan_left = field(records, "missing_go_to_left", "bu", predictor).astype(bool).tolist()
        self._categorical = field(records, "is_categorical", "bu", predictor).astype(bool).tolist()
        self._sets = field(records, "bitset_idx", "iu", predictor).tolist()
        self._bits = array(predictor, "raw_left_cat_bitsets", "u", (None, _MOST_CATEGORIES // 32)).tolist()

    def node(self, i: int, left: int, right: int) -> TreeNode:
        """Split number `i` of the file, between the places `left` and `right`."""
        feature = self._features[i]
        if not 0 <= feature < len(self._columns):
            raise self._damaged(f"a feature between 0 and {len(self._columns) - 1}", i, feature)
        column = self._columns[feature]
        if self._categorical[i] is not (column.values is not None):
            raise self._damaged("a test that fits the kind of its column", i, "another")
        if column.values is None:
            if math.isnan(self._thresholds[i]):
                raise self._damaged("a threshold", i, "nan")
            return Split(feature, self._thresholds[i], self._nan_left[i], left, right)
        goes_left = self._left_codes(i)
        known = self._known[feature]
        if not self._nan_left[i]:
            chosen = [value for code, value in enumerate(column.values) if code in goes_left]
            return CategorySplit(feature, tuple(sorted(chosen)), left, right)
        chosen = [value for code, value in enumerate(column.values) if code in known and code not in goes_left]
        return CategorySplit(feature, tuple(sorted(chosen)), right, left)

    def _left_codes(self, i: int) -> frozenset[int]:
        if not 0 <= self._sets[i] < len(self._bits):
            raise self._damaged(f"a set of categories below {len(self._bits)}", i, self._sets[i])
        words = self._bits[self._sets[i]]
        return frozenset(32 * w + bit for w, word in enumerate(words) for bit in range(32) if word >> bit & 1)

    def _damaged(self, expected: str, node: int, found: object) -> ModelError:
        message = f"expected {expected} at node {node} of {self._place}, found {quote(found)}"
        return ModelError("damaged-tree", message, help=SAVE_AGAIN)
