"""Exceptions of the outermost layer.

InfraError              a mistake of the caller: problems with places and help, and an exit code
├── UsageError          the command line itself is wrong
├── FileError           a file or folder cannot be read or written
├── RequestsError       requests are not what the host accepts
├── RefusedRequestError an engine refuses one request of a batch
└── EngineError         an engine cannot run here
"""

from __future__ import annotations

from collections.abc import Iterable

from feature_registry import Diagnostic, Place, error, render

NOWHERE = Place("")
"""The place of a problem that stands in no file."""


class InfraError(Exception):
    """A mistake of the caller. `diagnostics` holds all its problems; none of them is a fault of Edgewise."""

    exit_code = 1

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(render(self.diagnostics))


class UsageError(InfraError):
    """The command line cannot be understood."""

    exit_code = 2

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__([error("usage", message, NOWHERE, help)])


class FileError(InfraError):
    """A file or folder that cannot be read or written."""

    def __init__(self, code: str, message: str, file: str, help: str | None = None) -> None:
        super().__init__([error(code, message, Place(file), help)])


class RequestsError(InfraError):
    """Requests, or a map to requests, that cannot be used."""


class RefusedRequestError(InfraError):
    """An engine refuses the request number `index` of a batch, with a code and message of docs/reference/host.md."""

    def __init__(self, index: int, code: str, message: str, help: str | None = None) -> None:
        self.index, self.code, self.message, self.help = index, code, message, help
        super().__init__([self.at(NOWHERE)])

    def at(self, place: Place) -> Diagnostic:
        """The problem, at the place of the request."""
        return error(self.code, self.message, place, self.help)


class EngineError(InfraError):
    """An engine that cannot run on this machine, or broke down."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__([error(code, message, NOWHERE, help)])
