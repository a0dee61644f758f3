"""GrowthBook's targeting conditions as formulas: the meaning of each operator as the JavaScript SDK has it.

Attributes are of no type there, so an operator becomes tests of features that read the same attribute in the way in
which the operator converts it. What an operator says of null is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from feature_registry.importers.draft import GROUP, RegistryDraft
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, conj, disj, negate, truth
from feature_registry.importers.jsonlogic.literals import is_number, number, ordered, text
from feature_registry.importers.regular_expressions import InvalidExpressionError, pattern_of
from feature_registry.importers.semantics import Semantics
from feature_registry.importers.values import Attribute, Known, Size, Value

_ORDER = {"$lt": ("less", "<"), "$lte": ("at_most", "<="), "$gt": ("more", ">"), "$gte": ("at_least", ">=")}
_VERSIONS = {
    "$veq": "is",
    "$vne": "is_not",
    "$vlt": "less",
    "$vlte": "at_most",
    "$vgt": "more",
    "$vgte": "at_least",
}
_KINDS = ("null", "boolean", "number", "string", "array", "object", "undefined")


class Subject(Protocol):
    """What a condition is about: something with values at paths."""

    def at(self, path: str) -> Value:
        """The value at a path."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of a request."""

    draft: RegistryDraft

    def at(self, path: str) -> Value:
        """The attribute at a path."""
        return Attribute(self.draft, path)


@dataclass(frozen=True, slots=True)
class KnownObject:
    """A constant object."""

    semantics: Semantics
    raw: object

    def at(self, path: str) -> Value:
        """The constant at a path."""
        current = self.raw
        for part in path.split("."):
            current = current.get(part) if isinstance(current, dict) else None
        return Known(self.semantics, current)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Reads conditions; `groups` are the saved groups."""

    draft: RegistryDraft
    groups: Mapping[str, object]
    visited: frozenset[str] = frozenset()

    def formula(self, condition: object, subject: Subject) -> Formula:
        """The condition about a subject. Raises NotCarriedError."""
        if not isinstance(condition, dict):
            raise NotCarriedError("malformed-condition", "a condition is no object")
        found = []
        for key, value in condition.items():
            match key:
                case "$or" | "$nor":
                    some = self._any(value, subject)
                    found.append(negate(some) if key == "$nor" else some)
                case "$and":
                    found += [self.formula(item, subject) for item in _items(value)]
                case "$not":
                    found.append(negate(self.formula(value, subject)))
                case "$savedGroup":
                    found.append(self._saved_group(value, subject))
                case _:
                    found.append(self.value(value, subject.at(key)))
        return conj(found)

    def _any(self, value: object, subject: Subject) -> Formula:
        items = _items(value)
        return disj(self.formula(item, subject) for item in items) if items else TRUE

    def _saved_group(self, reference: object, subject: Subject) -> Formula:
        if not isinstance(reference, dict) or not isinstance(reference.get("id"), str):
            return FALSE
        name, key = reference["id"], reference.get("attributeKey")
        entry = self.groups.get(name)
        if name in self.visited or not isinstance(entry, dict) or not (key is None or isinstance(key, str)):
            return FALSE
        if entry.get("type") == "list":
            path = key if isinstance(key, str) else entry.get("attributeKey")
            values = entry.get("values")
            is_list = isinstance(path, str) and isinstance(values, list)
            return self._is_in(values, subject.at(str(path))) if is_list else FALSE
        if entry.get("type") == "condition" and isinstance(entry.get("condition"), dict):
            return Conditions(self.draft, self.groups, self.visited | {name}).formula(entry["condition"], subject)
        return FALSE

    def value(self, condition: object, value: Value) -> Formula:
        """The condition about one value."""
        semantics = self.draft.semantics
        if isinstance(condition, str):
            found = value.test("text", "text", "is", condition)
            return disj((found, value.is_null())) if condition == "null" else found
        if isinstance(condition, bool):
            return value.test("bool", "truth", "is", condition)
        if is_number(condition):
            found = value.test("number", "number", "is", condition)
            return disj((found, value.is_null())) if condition == 0 else found
        if condition is None:
            return value.is_null()
        if isinstance(condition, dict) and condition and all(key.startswith("$") for key in condition):
            return conj(self._operator(name, expected, value) for name, expected in condition.items())
        written = semantics.read("text", "json", condition)
        if written is None:
            raise NotCarriedError("long-text", "a constant is longer than 4096 characters")
        return value.test("text", "json", "is", written)

    def _operator(self, name: str, expected: object, value: Value) -> Formula:
        if name in _VERSIONS:
            return self._version(_VERSIONS[name], expected, value)
        if name in _ORDER:
            return self._order(*_ORDER[name], expected, value)
        match name:
            case "$eq":
                return _strict(value, expected)
            case "$ne":
                return negate(_strict(value, expected))
            case "$exists":
                return negate(value.is_null()) if _is_true(expected) else value.is_null()
            case "$in":
                return self._is_in(expected, value) if isinstance(expected, list) else FALSE
            case "$nin":
                return negate(self._is_in(expected, value)) if isinstance(expected, list) else FALSE
            case "$ini":
                return self._is_in_folded(expected, value) if isinstance(expected, list) else FALSE
            case "$nini":
                return negate(self._is_in_folded(expected, value)) if isinstance(expected, list) else FALSE
            case "$inGroup" | "$notInGroup":
                values = self._group_values(expected)
                if values is None:
                    return FALSE
                return self._is_in(values, value) if name == "$inGroup" else negate(self._is_in(values, value))
            case "$not":
                return negate(self.value(expected, value))
            case "$regex" | "$regexi":
                return self._regular(expected, value, ignore_case=name == "$regexi")
            case "$type":
                return _kind(expected, value)
            case "$size":
                return self._size(expected, value)
            case "$all" | "$alli":
                return self._all(expected, value, fold=name == "$alli") if isinstance(expected, list) else FALSE
            case "$elemMatch":
                return self._element(expected, value)
            case _:
                return FALSE

    def _version(self, operator: str, expected: object, value: Value) -> Formula:
        semantics = self.draft.semantics
        wanted = _padded(semantics, expected)
        null = semantics.holds("text", "padded-version", operator, wanted, "0")
        return disj((value.test("text", "padded-version", operator, wanted), conj((value.is_null(), truth(null)))))

    def _order(self, operator: str, sign: str, expected: object, value: Value) -> Formula:
        if isinstance(expected, list | dict):
            raise NotCarriedError("list-comparison", "a value is compared with a list or an object")
        semantics = self.draft.semantics
        limit = number(semantics, expected)
        null = conj((value.is_null(), truth(ordered(semantics, sign, None, expected))))
        if not isinstance(expected, str):
            return disj((value.test("number", "number", operator, limit), null))
        found = [value.test("text", None, operator, expected)]
        structured = value.test("category", "kind", "in", ["array", "object"])
        found.append(conj((structured, value.test("text", "text", operator, expected))))
        if not math.isnan(limit):
            found.append(value.test("number", None, operator, limit))
            bools = [one for one in (True, False) if ordered(semantics, sign, one, expected)]
            found += [value.test("bool", None, "is", one) for one in bools]
        return disj((*found, null))

    def _is_in(self, expected: object, value: Value) -> Formula:
        assert isinstance(expected, list)
        scalars = [item for item in expected if not isinstance(item, list | dict)]
        texts = [item for item in scalars if isinstance(item, str)]
        numbers = [item for item in scalars if is_number(item)]
        found = []
        if texts:
            found.append(value.test("text", None, "in", texts))
        if numbers:
            found.append(value.test("number", None, "in", numbers))
        found += [_strict(value, item) for item in scalars if item is None or isinstance(item, bool)]
        if len(texts) == len(scalars):
            found.append(value.test("tags", "texts", "has_any", texts))
        else:
            found.append(value.test("tags", "json", "has_any", [_json(self.draft.semantics, item) for item in scalars]))
        return disj(found)

    def _is_in_folded(self, expected: object, value: Value) -> Formula:
        assert isinstance(expected, list)
        texts = [_lower(self.draft.semantics, item) for item in expected if isinstance(item, str)]
        others = [item for item in expected if not isinstance(item, str)]
        found = [self._is_in(others, value)] if others else []
        if texts:
            found.append(value.test("text", "lower-case", "in", texts))
            found.append(value.test("tags", "lower-case", "has_any", texts))
        return disj(found)

    def _group_values(self, name: object) -> list[object] | None:
        if not isinstance(name, str) or name not in self.groups:
            return []
        entry = self.groups[name]
        if isinstance(entry, list):
            return entry
        values = entry.get("values") if isinstance(entry, dict) and entry.get("type") == "list" else None
        return values if isinstance(values, list) else None

    def _regular(self, expected: object, value: Value, *, ignore_case: bool) -> Formula:
        if not isinstance(expected, str):
            return FALSE
        semantics = self.draft.semantics
        try:
            pattern = pattern_of(expected, ignore_case=ignore_case)
        except InvalidExpressionError:
            return FALSE
        problem = semantics.pattern_problem(pattern)
        if problem is not None:
            raise NotCarriedError("regular-expression", f"the regular expression has no equal pattern: {problem}")
        null = semantics.holds("text", None, "matches", pattern, "null")
        return disj((value.test("text", "text", "matches", pattern), conj((value.is_null(), truth(null)))))

    def _size(self, expected: object, value: Value) -> Formula:
        if isinstance(value, Known):
            size = len(value.raw) if isinstance(value.raw, list) else None
            return FALSE if size is None else self.value(expected, Known(self.draft.semantics, size))
        if not isinstance(value, Attribute) or value.group != GROUP:
            raise NotCarriedError("size-test", "the size of something else than an attribute is tested")
        size_of = Size(value.draft, value.path)
        return conj((negate(size_of.is_null()), self.value(expected, size_of)))

    def _all(self, expected: Sequence[object], value: Value, *, fold: bool) -> Formula:
        semantics = self.draft.semantics
        found = [value.test("category", "kind", "is", "array")]
        for item in expected:
            if isinstance(item, str) and fold:
                lower = _lower(semantics, item)
                folded = value.test("tags", "lower-case", "has_any", [lower])
                found.append(disj((folded, value.test("tags", "text", "has_any", [lower]))))
            elif isinstance(item, str):
                found.append(value.test("tags", "text", "has_any", [item]))
            elif is_number(item):
                found.append(value.test("tags", "number", "has_any", [text(semantics, item)]))
            elif item is None or isinstance(item, list):
                found.append(value.test("tags", "json", "has_any", [_json(semantics, item)]))
            else:
                found.append(self._element(item, value))
        return conj(found)

    def _element(self, expected: object, value: Value) -> Formula:
        """Some element of a list passes: one operator, of those that a set of tags or its extremes can tell."""
        if not isinstance(expected, dict) or len(expected) != 1:
            raise NotCarriedError("list-elements", "the elements of a list are tested in a way that has no equal")
        ((name, wanted),) = expected.items()
        if not name.startswith("$"):
            raise NotCarriedError("list-elements", "objects in a list are tested by their members")
        semantics = self.draft.semantics
        match name:
            case "$eq" if wanted is None or isinstance(wanted, list | dict):
                return FALSE
            case "$eq" | "$in":
                items = wanted if name == "$in" and isinstance(wanted, list) else [wanted]
                if name == "$in" and not isinstance(wanted, list):
                    return FALSE
                scalars = [item for item in items if item is not None and not isinstance(item, list | dict)]
                if all(isinstance(item, str) for item in scalars):
                    return value.test("tags", "texts", "has_any", scalars)
                return value.test("tags", "json", "has_any", [_json(semantics, item) for item in scalars])
            case "$ini" if isinstance(wanted, list) and all(isinstance(item, str) for item in wanted):
                return value.test("tags", "lower-case", "has_any", [_lower(semantics, item) for item in wanted])
            case "$gt" | "$gte" if is_number(wanted):
                return value.test("number", "largest", _ORDER[name][0], wanted)
            case "$lt" | "$lte" if is_number(wanted):
                return value.test("number", "smallest", _ORDER[name][0], wanted)
            case _:
                raise NotCarriedError("list-elements", f"`{name}` of the elements of a list has no equal")


def _strict(value: Value, wanted: object) -> Formula:
    """value === wanted."""
    if wanted is None:
        return value.is_null()
    if isinstance(wanted, bool):
        return value.test("bool", None, "is", wanted)
    if isinstance(wanted, str):
        return value.test("text", None, "is", wanted)
    return value.test("number", None, "is", wanted) if is_number(wanted) else FALSE


def _kind(expected: object, value: Value) -> Formula:
    if expected == "null":
        return value.is_null()
    if expected not in _KINDS or expected == "undefined":
        return FALSE
    return value.test("category", "kind", "is", expected)


def _is_true(value: object) -> bool:
    """JavaScript's truth of a value."""
    return isinstance(value, list | dict) or bool(value)


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise NotCarriedError("malformed-condition", "a condition that joins others holds no list")
    return value


def _lower(semantics: Semantics, item: str) -> str:
    return str(semantics.read("text", "lower-case", item))


def _json(semantics: Semantics, item: object) -> str:
    if item is None:
        return "null"
    found = semantics.read("text", "json", item)
    if not isinstance(found, str):
        raise NotCarriedError("long-text", "a constant is longer than 4096 characters")
    return found


def _padded(semantics: Semantics, expected: object) -> str:
    found = semantics.read("text", "padded-version", "0" if expected is None else expected)
    if not isinstance(found, str):
        raise NotCarriedError("long-text", "a version is longer than 4096 characters")
    return found
