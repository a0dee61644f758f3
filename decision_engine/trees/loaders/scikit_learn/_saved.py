"""Trainer's objects as plain values: a class's name and its attributes, from a file or from the living object.

    text | number | truth value | None | array | list | tuple | dict | `Saved`

What cannot be told so is `Opaque`, and refused when it is needed. The functions below take values out and check them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from decision_engine.trees.errors import ModelError

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SAVE_AGAIN = "the file is damaged: save the fitted estimator again with `skops.io.dump` and copy it whole"

_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class Saved:
    """An object of class `module`.`name`."""

    module: str
    name: str
    attributes: Mapping[str, object]

    @property
    def is_of_scikit_learn(self) -> bool:
        """The class comes with scikit-learn; a class that extends one of them may do anything."""
        return self.module.split(".")[0] == "sklearn"

    def get(self, key: str) -> object:
        """The attribute `key`; ModelError `missing-key` when there is none."""
        if key not in self.attributes:
            message = f"expected `{key}` in the {quote(self.name)}, found none"
            raise ModelError("missing-key", message, help="fit the estimator before it is saved")
        return plain(self.attributes[key])


@dataclass(frozen=True, slots=True)
class Opaque:
    """An object that is of no use here, for instance a function or a random generator; `name` says which."""

    name: str


class Stored(ABC):
    """An array that is read when it is needed."""

    @abstractmethod
    def read(self) -> Array:
        """The array."""


def plain(found: object) -> object:
    """The value itself, read if it is stored."""
    return found.read() if isinstance(found, Stored) else found


def quote(text: object) -> str:
    """`text` in backticks, cut to a readable length."""
    shown = str(text)
    return f"`{shown}`" if len(shown) <= _LONGEST_QUOTE else f"`{shown[:_LONGEST_QUOTE]}...`"


def damaged(saved: Saved, key: str, expected: str, found: object) -> ModelError:
    """The error for an attribute of another kind than expected."""
    shown = found if isinstance(found, str | int | float | None) else f"a {type(found).__name__}"
    message = f"expected {expected} as `{key}` of the {quote(saved.name)}, found {quote(shown)}"
    return ModelError("damaged-file", message, help=SAVE_AGAIN)


def child(saved: Saved, key: str) -> Saved:
    """The attribute `key`, an object."""
    found = saved.get(key)
    if not isinstance(found, Saved):
        raise damaged(saved, key, "an object", found)
    return found


def items(saved: Saved, key: str) -> list[object]:
    """The attribute `key`, a list, a tuple or an array of objects."""
    found = saved.get(key)
    if not isinstance(found, list | tuple):
        raise damaged(saved, key, "a list", found)
    return list(found)


def text(saved: Saved, key: str) -> str:
    """The attribute `key`, a text."""
    found = saved.get(key)
    if not isinstance(found, str):
        raise damaged(saved, key, "a text", found)
    return found


def number(saved: Saved, key: str) -> float:
    """The attribute `key`, a finite number."""
    found = _scalar(saved.get(key))
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise damaged(saved, key, "a finite number", found)
    return float(found)


def integer(saved: Saved, key: str, low: int, high: int) -> int:
    """The attribute `key`, an integer in [low, high]."""
    found = _scalar(saved.get(key))
    if isinstance(found, bool) or not isinstance(found, int):
        raise damaged(saved, key, "an integer", found)
    if not low <= found <= high:
        message = f"expected `{key}` of the {quote(saved.name)} between {low} and {high}, found {found}"
        raise ModelError("out-of-range", message, help=SAVE_AGAIN)
    return found


def array(saved: Saved, key: str, kinds: str, shape: tuple[int | None, ...]) -> Array:
    """The attribute `key`, an array of one of numpy's `kinds` and of the given shape, where None stands for any."""
    found = saved.get(key)
    wanted = " x ".join("any" if size is None else str(size) for size in shape)
    if not isinstance(found, np.ndarray) or found.dtype.kind not in kinds or found.ndim != len(shape):
        raise damaged(saved, key, f"an array of {len(shape)} dimensions", found)
    if any(size is not None and size != has for size, has in zip(shape, found.shape, strict=True)):
        has = " x ".join(map(str, found.shape))
        message = f"expected `{key}` of the {quote(saved.name)} in the shape {wanted}, found {has}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    return found


def field(records: Array, name: str, kinds: str, of: Saved) -> Array:
    """A field of an array of records, of one of numpy's `kinds`."""
    names = records.dtype.names or ()
    if name not in names:
        message = f"expected a field `{name}` in the nodes of the {quote(of.name)}, found none"
        raise ModelError("missing-key", message, help="save the model with scikit-learn 1.3 or later")
    column: Array = records[name]
    if column.dtype.kind not in kinds or column.ndim != 1:
        raise damaged(of, name, "a field of numbers", column.dtype)
    return column


def _scalar(value: object) -> object:
    """A number that numpy stored, as Python's."""
    if isinstance(value, np.ndarray) and value.shape == () and value.dtype.kind in "biuf":
        return value.item()
    return value
