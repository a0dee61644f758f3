"""What the registry needs to know of an operator on features.

The operators themselves are declared later in the pipeline; loading, checks and the schema receive them as a value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, assert_never

from feature_registry.conditions import Argument
from feature_registry.values import (
    FeatureType,
    Value,
    read_bool,
    read_duration,
    read_tags,
    read_text,
    read_timestamp,
    read_value,
)


class ArgumentKind(StrEnum):
    """The shape of an operator's argument. *Value* means: a value of the feature's type, as JSON writes it."""

    VALUE = "value"  # one value
    VALUES = "values"  # a non-empty list of distinct values
    RANGE = "range"  # [low, high], two values with low <= high
    TIME = "time"  # RFC 3339 text
    DURATION = "duration"  # text such as 30m
    TAGS = "tags"  # a non-empty list of distinct texts
    TEXT = "text"  # any text
    PATTERN = "pattern"  # text that `check_argument` accepts
    FLAG = "flag"  # true or false


@dataclass(frozen=True, slots=True)
class OperatorSignature:
    """How an operator is written and which features it applies to.

    `summary` is one sentence for editors and the reference; `example` is an argument. `check_argument` returns what is
    wrong with an argument of the right shape, or None.
    """

    name: str
    types: tuple[str, ...]
    argument: ArgumentKind
    summary: str
    example: object
    allows_if_missing: bool = True
    check_argument: Callable[[object], str | None] | None = None


TypedArgument: TypeAlias = Value | tuple[Value, ...]


def typed_argument(signature: OperatorSignature, type: FeatureType, argument: Argument) -> TypedArgument:
    """The argument of an operator as values of a feature's type (values.py); times and durations as ms.

    Raises BadValueError when the argument does not fit; never for a registry that was loaded.
    """
    match signature.argument:
        case ArgumentKind.VALUE:
            return read_value(type, argument)
        case ArgumentKind.VALUES:
            assert isinstance(argument, tuple), "a condition was read"
            return tuple(read_value(type, item) for item in argument)
        case ArgumentKind.RANGE:
            assert isinstance(argument, tuple), "a condition was read"
            low, high = (read_value(type, item) for item in argument)
            return (low, high)
        case ArgumentKind.TIME:
            return read_timestamp(argument)
        case ArgumentKind.DURATION:
            return read_duration(argument)
        case ArgumentKind.TAGS:
            return read_tags(argument)
        case ArgumentKind.TEXT | ArgumentKind.PATTERN:
            return read_text(argument)
        case ArgumentKind.FLAG:
            return read_bool(argument)
        case _:
            assert_never(signature.argument)
