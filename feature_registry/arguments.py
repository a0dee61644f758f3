"""Arguments of operators: their shapes in JSON. Whether one fits the type of a feature is checked across documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from feature_registry.conditions import Argument
from feature_registry.operators import ArgumentKind, OperatorSignature
from feature_registry.values import BadValueError, read_bool, read_duration, read_scalar, read_text, read_timestamp


def read_argument(signature: OperatorSignature, json: object) -> Argument:
    """An operator's argument, as far as its shape goes; whether it fits the feature is checked later.

    Raises BadValueError.
    """
    argument = _SHAPES[signature.argument](json)
    fault = signature.check_argument(argument) if signature.check_argument is not None else None
    if fault is not None:
        raise BadValueError(f"a {signature.argument} for `{signature.name}`", f"bad-{signature.argument}", fault)
    return argument


def _read_values(json: object) -> tuple[bool | float | str, ...]:
    if not isinstance(json, list):
        raise BadValueError("a list of values")
    if not json:
        raise BadValueError("at least one value", "too-few")
    values = tuple(read_scalar(item) for item in json)
    if len({(type(value), value) for value in values}) < len(values):
        raise BadValueError("distinct values", "repeated-value", "remove the value that stands twice")
    return values


def read_texts(json: object) -> tuple[str, ...]:
    """A non-empty list of distinct texts. Raises BadValueError."""
    if not isinstance(json, list) or not all(isinstance(item, str) for item in json):
        raise BadValueError("a list of texts")
    _read_values(json)
    return tuple(json)


def _read_pair(json: object) -> tuple[bool | float | str, ...]:
    if not isinstance(json, list) or len(json) != 2:
        raise BadValueError("[low, high]", "wrong-type", "both ends count")
    return tuple(read_scalar(item) for item in json)


def _read_time(json: object) -> str:
    read_timestamp(json)
    return read_text(json)


def _read_duration_text(json: object) -> str:
    read_duration(json)
    return read_text(json)


_SHAPES: Mapping[ArgumentKind, Callable[[object], Argument]] = MappingProxyType(
    {
        ArgumentKind.VALUE: read_scalar,
        ArgumentKind.VALUES: _read_values,
        ArgumentKind.RANGE: _read_pair,
        ArgumentKind.TIME: _read_time,
        ArgumentKind.DURATION: _read_duration_text,
        ArgumentKind.TAGS: read_texts,
        ArgumentKind.TEXT: read_text,
        ArgumentKind.PATTERN: read_text,
        ArgumentKind.FLAG: read_bool,
    }
)
