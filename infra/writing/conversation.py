"""A conversation in a terminal: a question is asked until its answer can be used."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from feature_registry.documents.base import name_problem
from feature_registry.nearest import suggestion
from feature_registry.values import BadValueError
from infra.errors import UsageError

T = TypeVar("T")
_LISTED = 20  # more choices than this are shown when asked for


class AnswerError(ValueError):
    """An answer that cannot be used; the message says what would be."""


class Conversation:
    """Asks on standard error, so that standard output has the result alone, and reads lines of standard input."""

    def tell(self, text: str) -> None:
        """Say something."""
        print(text, file=sys.stderr)

    def ask(self, question: str, read: Callable[[str], T], *, default: str | None = None) -> T:
        """The first answer that `read` accepts. Without an answer, `default` is read.

        `read` raises AnswerError or BadValueError for what cannot be used. Raises UsageError when no more lines come.
        """
        shown = question if default is None else f"{question} [{default}]"
        while True:
            print(f"{shown}: ", end="", file=sys.stderr, flush=True)
            line = sys.stdin.readline()
            if not line:
                self.tell("")
                raise UsageError(
                    f"expected an answer to `{question}`, found the end of the input", "nothing was written"
                )
            given = unicodedata.normalize("NFC", line.strip()) or (default or "")
            try:
                return read(given)
            except BadValueError as problem:
                self.tell(f"  expected {problem.expected}" + (f"; {problem.help}" if problem.help else ""))
            except AnswerError as problem:
                self.tell(f"  {problem}")

    def text(self, question: str) -> str | None:
        """Any text, or None."""
        return self.ask(f"{question} (may be left out)", lambda given: given or None)

    def name(self, question: str, taken: Collection[str], *, is_payload: bool = False) -> str:
        """A new name that the registry allows."""

        def read(given: str) -> str:
            problem = name_problem(given, is_payload=is_payload)
            if problem is not None:
                near = _as_name(given)
                usable = near and name_problem(near) is None and near not in taken
                raise AnswerError(f"{problem[1]}" + (f"; how about `{near}`?" if usable else ""))
            if given in taken:
                raise AnswerError(f"`{given}` is taken")
            return given

        return self.ask(question, read)

    def choice(
        self, question: str, choices: Sequence[str], noun: str, *, default: str | None = None, optional: bool = False
    ) -> str:
        """One of the choices, or the empty text when it may be left out; `?` lists them."""

        def read(given: str) -> str:
            if given == "?":
                raise AnswerError(", ".join(choices) or f"there are no {noun}")
            if given in choices or (optional and not given):
                return given
            if not given:
                raise AnswerError(f"choose one of: {', '.join(choices)}")
            raise AnswerError(f"no `{given}` here; {suggestion(given, choices, noun) or '`?` lists them'}")

        hint = f" ({', '.join(choices)})" if 0 < len(choices) <= _LISTED else " (? lists them)" if choices else ""
        return self.ask(f"{question}{hint}{', may be left out' if optional else ''}", read, default=default)

    def yes(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        return self.ask(f"{question} (y/n)", read_yes, default="y" if default else "n")


def read_yes(given: str) -> bool:
    """True or false of a word. Raises AnswerError."""
    word = given.casefold()
    if word in ("y", "yes", "true"):
        return True
    if word in ("n", "no", "false"):
        return False
    raise AnswerError("answer y or n")


def read_items(given: str) -> list[str]:
    """Texts between commas. Raises AnswerError when there is none."""
    items = [item.strip() for item in given.split(",") if item.strip()]
    if not items:
        raise AnswerError("give at least one, with commas between them")
    return items


def read_number(given: str) -> float | int:
    """A number as JSON would have it. Raises AnswerError."""
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", given):
        raise AnswerError(f"expected a number such as 3 or 0.5, found `{given}`")
    value = float(given)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _as_name(given: str) -> str:
    plain = unicodedata.normalize("NFKD", given).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:64]
