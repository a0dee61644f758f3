"""A program as JSON and back, exactly: doubles by their shortest decimal, NaN and infinities by name.

A dataclass becomes `{"is": CLASS, field: value, ...}`. The header carries IR_VERSION; another version is refused.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import types
import typing
from functools import cache

from decision_engine.ir import nodes
from decision_engine.ir.nodes import IR_VERSION, Program
from decision_engine.trees import forest

_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class CodecError(Exception):
    """The text is not a program of this IR version."""


def encode_program(program: Program) -> str:
    """The program as compact JSON text; the same program gives the same text."""
    return json.dumps(
        {"ir": IR_VERSION, "program": _encode(program)}, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def decode_program(text: str) -> Program:
    """The program of `text`; raises CodecError for anything else."""
    try:
        document = json.loads(text)
        version = document["ir"]
        if version != IR_VERSION:
            raise CodecError(f"expected IR version {IR_VERSION}, found `{version}`")
        program = _decode(Program, document["program"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CodecError(f"not a program: {error}") from error
    assert isinstance(program, Program)
    return program


def _encode(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"is": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _decode(hint: object, value: object) -> object:
    if hint is float:
        return _decode_float(value)
    origin = typing.get_origin(hint)
    if origin is tuple:
        return _decode_tuple(typing.get_args(hint), value)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(hint), value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _decode_dataclass(hint, value)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise CodecError(f"expected {hint}, found `{value!r}`")


def _decode_float(value: object) -> float:
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise CodecError(f"expected a number, found `{value!r}`")


def _decode_tuple(arguments: tuple[object, ...], value: object) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise CodecError(f"expected a list, found `{value!r}`")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_decode(arguments[0], item) for item in value)
    return tuple(_decode(hint, item) for hint, item in zip(arguments, value, strict=True))


def _decode_union(options: tuple[object, ...], value: object) -> object:
    if value is None and type(None) in options:
        return None
    if isinstance(value, str) and str in options:
        return value
    if isinstance(value, dict):
        chosen = [option for option in options if getattr(option, "__name__", None) == value.get("is")]
        if chosen:
            return _decode(chosen[0], value)
    for option in options:
        if option is not type(None) and not dataclasses.is_dataclass(option):
            try:
                return _decode(option, value)
            except CodecError:
                continue
    raise CodecError(f"expected one of {options}, found `{value!r}`")


def _decode_dataclass(hint: type, value: object) -> object:
    if not isinstance(value, dict) or value.get("is") != hint.__name__:
        raise CodecError(f"expected a {hint.__name__}, found `{str(value)[:80]}`")
    hints = _hints(hint)
    if value.keys() - {"is"} != hints.keys():
        raise CodecError(f"wrong fields for {hint.__name__}")
    return hint(**{name: _decode(field, value[name]) for name, field in hints.items()})


@cache
def _hints(hint: type) -> dict[str, object]:
    return dict(typing.get_type_hints(hint, {**vars(nodes), **vars(forest)}))
