"""A fitted estimator in the process of its trainer, seen as the same plain values as one from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.loaders.scikit_learn._saved import Opaque, Saved, quote


def read_estimator(estimator: object) -> Saved:
    """The estimator, whose attributes are looked at as they are needed."""
    found = _value(estimator)
    if not isinstance(found, Saved):
        message = f"expected a fitted estimator of scikit-learn, found {quote(type(estimator).__name__)}"
        raise ModelError("unsupported-model", message, help="give the estimator itself")
    return found


class _Attributes(Mapping[str, object]):
    """Attributes of an object, each made a plain value when it is asked for."""

    def __init__(self, attributes: Mapping[str, object]) -> None:
        self._attributes = attributes

    def __getitem__(self, key: str) -> object:
        return _value(self._attributes[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._attributes)

    def __len__(self) -> int:
        return len(self._attributes)


def _value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | str):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, np.ndarray):
        return _value(value.tolist()) if value.dtype.hasobject else value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return type(value)(map(_value, value)) if type(value) in (list, tuple) else Opaque(type(value).__name__)
    kind = type(value)
    if isinstance(value, type):
        return Opaque("a class")
    if kind.__module__.split(".")[0] != "sklearn":
        # An estimator from elsewhere is named in the refusal, without a look at what it holds.
        return Saved(kind.__module__, kind.__name__, {}) if hasattr(value, "get_params") else Opaque(kind.__name__)
    return Saved(kind.__module__, kind.__name__, _Attributes(_state(value)))


def _state(value: object) -> Mapping[str, object]:
    """What scikit-learn itself would save of the object: with its version, and for a tree its nodes."""
    if type(value).__name__ == "Tree":
        reduced = value.__reduce__()
        assert isinstance(reduced, tuple), "scikit-learn's tree is told by its constructor, arguments and state"
        return {**reduced[2], **dict(zip(("n_features", "n_classes", "n_outputs"), reduced[1], strict=True))}
    state = value.__getstate__()
    return state if isinstance(state, dict) else {}
