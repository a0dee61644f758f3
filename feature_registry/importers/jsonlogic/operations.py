"""JsonLogic's operators on values, by what is known of them: in, cat, substr, merge, and sums with the time."""

from __future__ import annotations

from collections.abc import Sequence

from feature_registry.importers.draft import RegistryDraft
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, disj
from feature_registry.importers.jsonlogic.comparisons import compared, contains, inside_text, strict_in
from feature_registry.importers.jsonlogic.literals import arithmetic, is_nan, number, strict_equal, substring, text
from feature_registry.importers.jsonlogic.symbols import (
    Cases,
    Clock,
    Constant,
    Joined,
    Moment,
    Reference,
    Several,
    Slice,
    Symbol,
    always,
    constant,
    decided,
    product,
)
from feature_registry.importers.semantics import Semantics
from feature_registry.importers.values import Attribute


def in_cases(draft: RegistryDraft, row: Sequence[Symbol]) -> Cases:
    """Whether the first value is among the items, or in the text, of the second."""
    needle, haystack = (*row, Constant(None), Constant(None))[:2]
    semantics, anchor = draft.semantics, Attribute(draft, "")
    match needle, haystack:
        case Constant(item), Constant(list(items)):
            return constant(any(strict_equal(item, one) for one in items))
        case Constant(item), Constant(str(whole)):
            return constant(bool(whole) and text(semantics, item) in whole)
        case _, Constant(None | bool() | int() | float() | dict()):
            return constant(False)
        case Reference(path), Constant(list(items)):
            return decided(strict_in(Attribute(draft, path), items))
        case Reference(), Constant(str(whole)):
            return decided(inside_text(anchor, needle, whole) if whole else FALSE)
        case Constant(item), Reference():
            return decided(contains(anchor, semantics, item, haystack))
        case _, Several(items):
            return decided(disj(compared(anchor, semantics, "===", one, needle) for one in items))
        case _:
            raise NotCarriedError("two-attributes", "`in` looks for one value of the request in another")


def cat_cases(draft: RegistryDraft, row: Sequence[Symbol]) -> Cases:
    """The texts of all values as one; null is none."""
    parts: list[str | Reference] = []
    for symbol in row:
        match symbol:
            case Constant(None):
                continue
            case Constant(value):
                parts.append(text(draft.semantics, value))
            case Reference():
                parts.append(symbol)
            case Joined(inner):
                parts += inner
            case _:
                raise NotCarriedError("computed-value", "`cat` joins a computed value")
    if any(isinstance(part, Reference) for part in parts):
        return always(Joined(tuple(parts)))
    return constant("".join(part for part in parts if isinstance(part, str)))


def substr_cases(draft: RegistryDraft, row: Sequence[Symbol]) -> Cases:
    """A part of a text."""
    reason = "the bounds of `substr` are attributes"
    bounds = [known(symbol, "computed-value", reason) for symbol in row[1:3]]
    start = number(draft.semantics, bounds[0]) if bounds else 0.0
    length = bounds[1] if len(bounds) > 1 else None
    source = row[0] if row else Constant(None)
    if isinstance(source, Constant):
        return constant(substring(text(draft.semantics, source.value), start, length, draft.semantics))
    if not isinstance(source, Reference) or not (length is None or isinstance(length, int)):
        raise NotCarriedError("part-of-text", "`substr` takes a part of a computed value")
    return always(Slice(source, int(start), length))


def merge_cases(draft: RegistryDraft, row: Sequence[Symbol]) -> Cases:
    """All lists, and values that are none, as one list."""
    return product([], lambda _: joined_lists(row))


def clock_of(operator: str, row: Sequence[Symbol]) -> Clock | None:
    """The sum or difference of the time and a whole number; None for anything else."""
    if operator not in ("+", "-") or len(row) != 2:
        return None
    sign = 1 if operator == "+" else -1
    match row[0], row[1]:
        case Moment(), Constant(int(number)) if not isinstance(number, bool):
            return Clock(1, sign * number)
        case Constant(int(number)), Moment() if not isinstance(number, bool):
            return Clock(sign, number)
        case _:
            return None


def is_no_number(semantics: Semantics, operator: str, value: object) -> bool:
    """Whether arithmetic with a constant gives NaN, whatever else it computes with."""
    return is_nan(arithmetic(semantics, operator, [value, 1]))


def joined_lists(row: Sequence[Symbol]) -> Cases:
    """Constant lists as one. Raises NotCarriedError."""
    items: list[object] = []
    for symbol in row:
        value = known(symbol, "array-operation", "`merge` joins attributes")
        items += value if isinstance(value, list) else [value]
    return constant(items)


def known(symbol: Symbol, construct: str, reason: str) -> object:
    """The value of a constant. Raises NotCarriedError for anything else."""
    if isinstance(symbol, Constant):
        return symbol.value
    raise NotCarriedError(construct, reason)
