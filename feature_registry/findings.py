"""Collects the problems of one document while it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from json import dumps
from typing import TypeVar

from feature_registry.diagnostics import Diagnostic, error
from feature_registry.json_reader import JsonFile, pointer_to
from feature_registry.nearest import listed, nearest
from feature_registry.values import BadValueError

_LONGEST_LIST = 60

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Findings:
    """Problems of the document `name` of a kind in `file`. Pointers given to its methods start at the document."""

    file: JsonFile
    kind: str
    name: str
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, code: str, message: str, at: str, help: str | None = None, *, key: bool = False) -> None:
        """Note an error at the value at `at`, or at its key."""
        place = self.file.place(pointer_to(self.kind, self.name) + at, key=key)
        self.diagnostics.append(error(code, message, place, help))

    def bad_value(self, problem: BadValueError, json: object, at: str) -> None:
        """Note that the JSON value at `at` has not the expected form."""
        self.add(problem.code, f"expected {problem.expected}, found {described(json)}", at, problem.help)

    def read_key(self, json: Mapping[str, object], key: str, at: str, read: Callable[[object], T]) -> T | None:
        """What `read` makes of a key that is in the object at `at`; None, and a note, when it has not the form."""
        try:
            return read(json[key])
        except BadValueError as problem:
            self.bad_value(problem, json[key], at + pointer_to(key))
            return None

    def unknown_keys(self, json: Iterable[str], known: Iterable[str], at: str) -> None:
        """Note each key of an object that is not among the known ones."""
        allowed = tuple(known)
        for key in json:
            if key not in allowed:
                match = nearest(key, allowed)
                help_line = f"did you mean `{match}`?" if match else f"the keys are {listed(allowed)}"
                self.add("unknown-key", f"unknown key `{short(key)}`", at + pointer_to(key), help_line, key=True)


def described(json: object) -> str:
    """A JSON value as a message shows it."""
    match json:
        case None:
            return "`null`"
        case bool():
            return f"`{str(json).lower()}`"
        case int() | float():
            return f"the number `{short(number_text(json))}`"
        case str():
            return f"the text `{short(json)}`" if json else "the empty text"
        case list() | tuple():
            return _described_list(json)
        case _:
            return "an object"


def number_text(number: float) -> str:
    """A number as JSON writes it, without a needless fraction."""
    return str(_plain(number))


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _described_list(items: Sequence[object]) -> str:
    """A short list of plain values in full; of other lists, only that they are one."""
    if not items:
        return "an empty list"
    if any(isinstance(item, dict | list | tuple) for item in items):
        return "a list"
    text = dumps([_plain(item) for item in items], ensure_ascii=False)
    return f"`{text}`" if len(text) <= _LONGEST_LIST and text.isprintable() else "a list"


def short(text: str) -> str:
    """Text for a message: on one line, and not too long."""
    line = "".join(character if character.isprintable() else " " for character in text[:61])
    return line if len(text) <= 60 else f"{line[:57]}..."
