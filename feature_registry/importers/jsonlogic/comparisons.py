"""Comparisons of what is not yet known with constants, as formulas over typed features."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, From, conj, disj, negate, truth
from feature_registry.importers.jsonlogic.literals import is_number, loose_equal, number, ordered, strict_equal, text
from feature_registry.importers.jsonlogic.symbols import Constant, Joined, Moment, Reference, Slice, Symbol
from feature_registry.importers.semantics import Semantics
from feature_registry.importers.values import Attribute, Value

ORDER = {"<": "less", "<=": "at_most", ">": "more", ">=": "at_least"}
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_LONGEST_HAYSTACK = 64


def strict(value: Value, wanted: object) -> Formula:
    """value === wanted."""
    if wanted is None:
        return value.is_null()
    if isinstance(wanted, bool):
        return value.test("bool", None, "is", wanted)
    if isinstance(wanted, str):
        return value.test("text", None, "is", wanted)
    return value.test("number", None, "is", wanted) if is_number(wanted) else FALSE


def strict_in(value: Value, wanted: list[object]) -> Formula:
    """The list includes the value."""
    texts = [item for item in wanted if isinstance(item, str)]
    others = [item for item in wanted if not isinstance(item, str)]
    found = [value.test("text", None, "in", texts)] if texts else []
    return disj([*found, *(strict(value, item) for item in others)])


def loose(semantics: Semantics, value: Value, wanted: object) -> Formula:
    """value == wanted; a list or an object equals no text."""
    if wanted is None or isinstance(wanted, list | dict):
        return value.is_null() if wanted is None else _no_lists()
    if not isinstance(wanted, str):
        return value.test("number", "number", "is", number(semantics, wanted))
    found = [value.test("text", None, "is", wanted)]
    as_number = number(semantics, wanted)
    if not math.isnan(as_number):
        found.append(value.test("number", None, "is", as_number))
        if as_number in (0, 1):
            found.append(value.test("bool", None, "is", as_number == 1))
    return disj(found)


def order(semantics: Semantics, operator: str, value: Value, limit: object) -> Formula:
    """value < limit and its kin."""
    if isinstance(limit, list | dict):
        return _no_lists()
    as_number = number(semantics, limit)
    null = conj((value.is_null(), truth(ordered(semantics, operator, None, limit))))
    if not isinstance(limit, str):
        return disj((value.test("number", "number", ORDER[operator], as_number), null))
    found = [value.test("text", None, ORDER[operator], limit)]
    if not math.isnan(as_number):
        found.append(value.test("number", None, ORDER[operator], as_number))
        bools = [one for one in (True, False) if ordered(semantics, operator, one, limit)]
        found += [value.test("bool", None, "is", one) for one in bools]
    return disj((*found, null))


def compared(draft_value: Attribute, semantics: Semantics, operator: str, left: Symbol, right: Symbol) -> Formula:
    """One of == === != !== < <= > >= on two symbols; `draft_value` makes attributes."""
    if operator in ("!=", "!=="):
        return negate(compared(draft_value, semantics, "==" + operator[2:], left, right))
    if isinstance(left, Constant) and isinstance(right, Constant):
        if operator == "===":
            return truth(strict_equal(left.value, right.value))
        if operator == "==":
            return truth(loose_equal(semantics, left.value, right.value))
        return truth(ordered(semantics, operator, left.value, right.value))
    if isinstance(left, Constant):
        return compared(draft_value, semantics, FLIPPED.get(operator, operator), right, left)
    if not isinstance(right, Constant):
        raise NotCarriedError("two-attributes", "two values of the request are compared with each other")
    match left:
        case Reference(path):
            value = Attribute(draft_value.draft, path)
            if operator == "===":
                return strict(value, right.value)
            if operator == "==":
                return loose(semantics, value, right.value)
            return order(semantics, operator, value, right.value)
        case Moment():
            return _moment(semantics, operator, right.value)
        case Joined(parts) if operator in ("==", "==="):
            return _joined(draft_value, parts, right.value, operator)
        case Slice() if operator in ("==", "==="):
            return _slice(draft_value, left, right.value)
        case _:
            raise NotCarriedError("computed-value", f"a computed value is compared by `{operator}`")


def contains(draft_value: Attribute, semantics: Semantics, needle: object, haystack: Reference) -> Formula:
    """A constant is in an attribute: in its text, or among the items of its list."""
    value = Attribute(draft_value.draft, haystack.path)
    inside = value.test("text", None, "contains", text(semantics, needle))
    if isinstance(needle, str):
        return disj((inside, value.test("tags", "texts", "has_any", [needle])))
    if isinstance(needle, list | dict):
        return _no_lists()
    written = semantics.read("text", "json", needle) if needle is not None else "null"
    return disj((inside, value.test("tags", "json", "has_any", [written])))


def inside_text(draft_value: Attribute, needle: Reference, haystack: str) -> Formula:
    """An attribute's text is a part of a constant one."""
    if len(haystack) > _LONGEST_HAYSTACK:
        reason = f"a text of more than {_LONGEST_HAYSTACK} characters is searched for an attribute"
        raise NotCarriedError("long-text", reason)
    value, size = Attribute(draft_value.draft, needle.path), len(haystack)
    parts = {haystack[start:end] for start in range(size + 1) for end in range(start, size + 1)}
    null = conj((value.is_null(), truth("null" in haystack)))
    return disj((value.test("text", "text", "in", sorted(parts)), null))


def _moment(semantics: Semantics, operator: str, limit: object) -> Formula:
    at = number(semantics, limit)
    if math.isnan(at):
        return FALSE
    if operator in ("==", "==="):
        is_same = at.is_integer() and (operator == "==" or is_number(limit))
        return conj((_from(int(at)), negate(_from(int(at) + 1)))) if is_same else FALSE
    if operator in (">", "<="):
        later = _from(math.floor(at) + 1)
        return later if operator == ">" else negate(later)
    since = _from(math.ceil(at))
    return since if operator == ">=" else negate(since)


def _from(seconds: int) -> Formula:
    """The whole seconds of the request's time are `seconds` or more."""
    if seconds <= 0:
        return TRUE
    if seconds > 253402300740:
        return FALSE
    if seconds % 60:
        raise NotCarriedError("time-to-the-second", "a time is compared with one that is no full minute")
    return From(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M"))


def _joined(draft_value: Attribute, parts: tuple[str | Reference, ...], wanted: object, operator: str) -> Formula:
    references = [part for part in parts if isinstance(part, Reference)]
    if not isinstance(wanted, str):
        if operator == "===":
            return FALSE
        raise NotCarriedError("computed-value", "a joined text is compared with something else than a text")
    if len(references) != 1:
        raise NotCarriedError("two-attributes", "a text joined of several attributes is compared")
    place = next(index for index, part in enumerate(parts) if isinstance(part, Reference))
    before = "".join(str(part) for part in parts[:place])
    after = "".join(str(part) for part in parts[place + 1 :])
    if not wanted.startswith(before) or not wanted.endswith(after) or len(wanted) < len(before) + len(after):
        return FALSE
    middle = wanted[len(before) : len(wanted) - len(after)]
    value = Attribute(draft_value.draft, references[0].path)
    found = value.test("text", "text", "is", middle)
    return disj((found, value.is_null())) if not middle else found


def _slice(draft_value: Attribute, part: Slice, wanted: object) -> Formula:
    """Only slices of a fixed length at one end, of texts."""
    value = Attribute(draft_value.draft, part.of.path)
    if not isinstance(wanted, str):
        raise NotCarriedError("computed-value", "a part of a text is compared with something else than a text")
    size = len(wanted.encode("utf-16-le")) // 2
    if part.start == 0 and part.length == size and size > 0:
        return value.test("text", None, "starts_with", wanted)
    if part.start == -size and (part.length is None or part.length == size) and size > 0:
        return value.test("text", None, "ends_with", wanted)
    raise NotCarriedError("part-of-text", "a part of a text that is no whole beginning or end is compared")


def _no_lists() -> Formula:
    raise NotCarriedError("list-comparison", "an attribute is compared with a list or an object")
