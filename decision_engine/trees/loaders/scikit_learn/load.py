"""scikit-learn's tree models, from a skops file or from a fitted estimator, loaded into the canonical forest.

Nothing here imports scikit-learn, and nothing is unpickled: a file is read as data (`_skops`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from decision_engine.trees.errors import ModelError
from decision_engine.trees.loaders.loaded import LoadedModel
from decision_engine.trees.loaders.scikit_learn._boosting import read_gradient_boosting
from decision_engine.trees.loaders.scikit_learn._forest import read_forest, read_tree
from decision_engine.trees.loaders.scikit_learn._histogram import read_histogram_boosting
from decision_engine.trees.loaders.scikit_learn._living import read_estimator
from decision_engine.trees.loaders.scikit_learn._saved import SAVE_AGAIN, Saved, integer, items, quote, text
from decision_engine.trees.loaders.scikit_learn._skops import read_skops

MAX_INPUTS = 100_000

_Reader: TypeAlias = Callable[[Saved, str, tuple[str, ...], tuple[int, int]], LoadedModel]
_ESTIMATORS: Mapping[str, _Reader] = MappingProxyType(
    {
        "DecisionTreeClassifier": read_tree,
        "DecisionTreeRegressor": read_tree,
        "ExtraTreeClassifier": read_tree,
        "ExtraTreeRegressor": read_tree,
        "RandomForestClassifier": read_forest,
        "RandomForestRegressor": read_forest,
        "ExtraTreesClassifier": read_forest,
        "ExtraTreesRegressor": read_forest,
        "GradientBoostingClassifier": read_gradient_boosting,
        "GradientBoostingRegressor": read_gradient_boosting,
        "HistGradientBoostingClassifier": read_histogram_boosting,
        "HistGradientBoostingRegressor": read_histogram_boosting,
    }
)
_OLDEST = (1, 3)


def load_file(content: bytes, name: str) -> LoadedModel:
    """The model in the bytes of a skops file (`read_scikit_learn`)."""
    return _load(read_skops(content), name)


def load_estimator(estimator: object, name: str) -> LoadedModel:
    """The model of a fitted estimator (`from_estimator`)."""
    return _load(read_estimator(estimator), name)


def _load(saved: Saved, name: str) -> LoadedModel:
    reader = _ESTIMATORS.get(saved.name) if saved.is_of_scikit_learn else None
    if reader is None:
        message = f"expected a tree model of scikit-learn, found {quote(saved.name)} of {quote(saved.module)}"
        help_line = f"of a pipeline or a search save the fitted model within; supported are {', '.join(_ESTIMATORS)}"
        raise ModelError("unsupported-model", message, help=help_line)
    return reader(saved, name, _input_names(saved), _version(saved))


def _version(saved: Saved) -> tuple[int, int]:
    """Major and minor of the release that trained the model."""
    written = text(saved, "_sklearn_version")
    found = re.match(r"([0-9]{1,4})\.([0-9]{1,4})(?![0-9])", written)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < _OLDEST or version[0] > _OLDEST[0]:
        message = f"expected a model of scikit-learn 1.3 or a later 1.x, found {quote(written)}"
        raise ModelError("unsupported-version", message, help="train and save it with a supported release")
    return version


def _input_names(saved: Saved) -> tuple[str, ...]:
    """The names of the columns in training, or x0, x1, ... as scikit-learn calls those without names."""
    count = integer(saved, "n_features_in_", 1, MAX_INPUTS)
    if "feature_names_in_" not in saved.attributes:
        return tuple(f"x{i}" for i in range(count))
    names = items(saved, "feature_names_in_")
    if len(names) != count or not all(isinstance(one, str) and one for one in names):
        message = f"expected {count} names in `feature_names_in_`, found others"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    again, times = Counter(names).most_common(1)[0]
    if times > 1:
        message = f"expected distinct feature names, found {quote(again)} twice"
        raise ModelError("repeated-name", message, help="train with a name of its own for each column")
    return tuple(str(one) for one in names)
