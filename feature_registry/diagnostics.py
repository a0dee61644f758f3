"""What is wrong with a registry, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error stops every later stage; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a registry: a file relative to its root, and in it a line and a column (from 1, in code points).

    Line and column are None when the whole file or folder is meant. `pointer` is a JSON pointer (RFC 6901) within the
    file.
    """

    file: str
    line: int | None = None
    column: int | None = None
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a registry. `code` is stable (see codes.py); `help` says what to do."""

    code: str
    severity: Severity
    message: str
    file: str
    line: int | None = None
    column: int | None = None
    pointer: str = ""
    help: str | None = None

    def __str__(self) -> str:
        where = f"{self.where} {self.shown_pointer}" if self.pointer else self.where
        first = f"{self.severity}[{self.code}] {where}: {self.message}"
        return first if self.help is None else f"{first}\n  help: {self.help}"

    @property
    def where(self) -> str:
        """The file with line and column, for people."""
        file = _printable(self.file)
        return file if self.line is None else f"{file}:{self.line}:{self.column}"

    @property
    def shown_pointer(self) -> str:
        """The pointer, for people: it holds keys as the file has them, which may be anything."""
        return _printable(self.pointer)

    def to_json(self) -> dict[str, str | int | None]:
        """The diagnostic as a JSON object, with every field."""
        return {**asdict(self), "severity": str(self.severity)}


def error(code: str, message: str, place: Place, help: str | None = None) -> Diagnostic:
    """An error at a place."""
    return Diagnostic(code, Severity.ERROR, message, place.file, place.line, place.column, place.pointer, help)


def warning(code: str, message: str, place: Place, help: str | None = None) -> Diagnostic:
    """A warning at a place."""
    return Diagnostic(code, Severity.WARNING, message, place.file, place.line, place.column, place.pointer, help)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by place, each once."""
    return tuple(sorted(set(diagnostics), key=_order))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether one of them is an error."""
    return any(one.severity is Severity.ERROR for one in diagnostics)


def render(diagnostics: Iterable[Diagnostic]) -> str:
    """All diagnostics as text for people, one or two lines each."""
    return "\n".join(str(one) for one in diagnostics)


def _printable(text: str) -> str:
    """The text on one line, with control characters escaped as JSON does: a terminal would obey them."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def _order(one: Diagnostic) -> tuple[str, int, int, str, str, str]:
    return one.file, one.line or 0, one.column or 0, one.pointer, one.code, one.message
