"""JavaScript's conversions and comparisons of constants, as JsonLogic uses them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.semantics import Semantics

_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_number(value: object) -> bool:
    """A number, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_nan(value: object) -> bool:
    """NaN, which arithmetic gives for what is no number."""
    return isinstance(value, float) and math.isnan(value)


def number(semantics: Semantics, value: object) -> float:
    """Number(value); NaN where it is none."""
    if value is None:
        return 0.0
    found = semantics.read("number", "number", value)
    return float(found) if isinstance(found, int | float) else math.nan


def text(semantics: Semantics, value: object) -> str:
    """String(value)."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if is_nan(value):
        return "NaN"
    found = semantics.read("text", "text", value)
    if not isinstance(found, str):
        raise NotCarriedError("long-text", "a text is longer than 4096 characters")
    return found


def truthy(value: object) -> bool:
    """JsonLogic's truth of values: as in JavaScript, but an empty list is false."""
    if is_nan(value):
        return False
    return bool(value) if not isinstance(value, dict) else True


def strict_equal(left: object, right: object) -> bool:
    """left === right for two values of JSON; lists and objects equal nothing."""
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        return False
    if is_number(left) and is_number(right):
        return left == right
    return type(left) is type(right) and left == right


def loose_equal(semantics: Semantics, left: object, right: object) -> bool:
    """left == right."""
    if left is None or right is None:
        return left is None and right is None
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        return False
    if isinstance(left, str | list | dict) and isinstance(right, str | list | dict):
        return text(semantics, left) == text(semantics, right)
    return number(semantics, left) == number(semantics, right)


def ordered(semantics: Semantics, operator: str, left: object, right: object) -> bool:
    """left < right and its kin."""
    if isinstance(left, str | list | dict) and isinstance(right, str | list | dict):
        one, other = (text(semantics, side).encode("utf-16-be") for side in (left, right))
        return _holds(operator, (one > other) - (one < other))
    first, second = number(semantics, left), number(semantics, right)
    if math.isnan(first) or math.isnan(second):
        return False
    return _holds(operator, (first > second) - (first < second))


def arithmetic(semantics: Semantics, operator: str, values: Sequence[object]) -> object:
    """The result of + - * / % min max; NaN where it is no finite number."""
    try:
        found = _arithmetic(semantics, operator, values)
    except (ZeroDivisionError, OverflowError, ValueError):
        found = math.nan
    if isinstance(found, float) and not math.isfinite(found):
        return math.nan
    return int(found) if isinstance(found, float) and found.is_integer() and abs(found) < 2**53 else found


def substring(value: str, start: float, length: object, semantics: Semantics) -> str:
    """JsonLogic's substr, in UTF-16 code units."""
    units = value.encode("utf-16-le")
    count = len(units) // 2
    first = max(0, count + int(start)) if start < 0 else min(int(start), count)
    last = count
    if length is not None:
        size = number(semantics, length)
        size = 0.0 if math.isnan(size) else size
        last = count + int(size) if size < 0 else min(count, first + int(size))
    return units[2 * first : 2 * max(first, last)].decode("utf-16-le", "surrogatepass")


def at_path(data: object, path: str) -> object:
    """The value at a path of constant data; None where there is none."""
    for part in path.split("."):
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdecimal() and part.isascii() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def _arithmetic(semantics: Semantics, operator: str, values: Sequence[object]) -> object:
    if operator == "+":
        return sum((_parsed(semantics, value) for value in values), 0.0)
    if operator == "*":
        return values[0] if len(values) == 1 else math.prod(_parsed(semantics, value) for value in values)
    numbers = [number(semantics, value) for value in values]
    if operator in ("min", "max") and numbers:
        return math.nan if any(map(math.isnan, numbers)) else (min if operator == "min" else max)(numbers)
    if operator == "-" and len(numbers) == 1:
        return -numbers[0]
    if len(numbers) < 2:
        return math.nan
    left, right = numbers[0], numbers[1]
    if operator == "-":
        return left - right
    return left / right if operator == "/" else math.fmod(left, right)


def _parsed(semantics: Semantics, value: object) -> float:
    """parseFloat(value)."""
    found = _FLOAT.match(text(semantics, value).strip())
    return float(found.group()) if found else math.nan


def _holds(operator: str, order: int) -> bool:
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]
