"""Values that imported rules test: attributes of a request, the size of one, or constants, all in the same words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from feature_registry.importers.draft import GROUP, RegistryDraft
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, Formula, IsMissing, Test, negate, truth
from feature_registry.importers.semantics import Semantics


class Value(Protocol):
    """Something that tests apply to. Null and absent are the same."""

    def test(self, type: str, reading: str | None, operator: str, argument: object) -> Formula:
        """The value, read as this type by this reading, passes the operator; false when it is null."""

    def is_null(self) -> Formula:
        """The value is null or absent."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the request, by its path."""

    draft: RegistryDraft
    path: str
    group: str = GROUP

    def test(self, type: str, reading: str | None, operator: str, argument: object) -> Formula:
        """A test of the feature that reads the attribute so."""
        if operator in ("in", "has_any", "has_all"):
            assert isinstance(argument, list)
            argument = list(dict.fromkeys(argument))
            if not argument:
                return truth(operator == "has_all")
            if operator == "in" and len(argument) == 1:
                operator, argument = "is", argument[0]
        _check_argument(argument)
        if operator == "matches":
            problem = self.draft.semantics.pattern_problem(str(argument))
            if problem is not None:
                raise NotCarriedError("regular-expression", f"the regular expression has no equal pattern: {problem}")
        name = self.draft.feature(self.group, self.path, type, reading)
        return Test(name, operator, tuple(argument) if isinstance(argument, list) else argument)

    def is_null(self) -> Formula:
        """The attribute is absent."""
        return IsMissing(self.draft.feature(self.group, self.path, "category", "kind"))


@dataclass(frozen=True, slots=True)
class Size:
    """The number of elements of an attribute that is a list; null where it is none."""

    draft: RegistryDraft
    path: str

    def test(self, type: str, reading: str | None, operator: str, argument: object) -> Formula:
        """A number's tests; of others only that of its text."""
        if type == "number" and reading in (None, "number"):
            return Test(self.draft.feature(GROUP, self.path, "number", "size"), operator, argument)
        if (type, reading, operator) == ("text", "text", "is"):
            text = str(argument)
            is_size = text == "0" or (text.isdecimal() and text.isascii() and text[0] != "0" and len(text) < 10)
            return self.test("number", None, "is", float(text)) if is_size else FALSE
        if type in ("tags", "bool") and reading in (None, "texts", "json", "lower-case"):
            return FALSE
        if type == "text" and reading in (None, "lower-case", "json"):
            return FALSE
        raise NotCarriedError("size-test", "the size of a list is tested in another way than as a number")

    def is_null(self) -> Formula:
        """The attribute is no list."""
        return negate(self.test("number", None, "at_least", 0))


@dataclass(frozen=True, slots=True)
class Known:
    """A constant."""

    semantics: Semantics
    raw: object

    def test(self, type: str, reading: str | None, operator: str, argument: object) -> Formula:
        """True or false, as the feature's test would be."""
        if self.raw is None:
            return FALSE
        if argument == [] and operator in ("in", "has_any", "has_all"):
            return truth(operator == "has_all" and self.semantics.read(type, reading, self.raw) is not None)
        return truth(self.semantics.holds(type, reading, operator, argument, self.raw))

    def is_null(self) -> Formula:
        """Whether it is null."""
        return truth(self.raw is None)


def _check_argument(argument: object) -> None:
    for item in argument if isinstance(argument, list) else [argument]:
        if isinstance(item, float | int) and abs(item) > 2**53 - 1:
            raise NotCarriedError("number-too-large", "a number lies beyond 2^53-1, where doubles skip integers")
