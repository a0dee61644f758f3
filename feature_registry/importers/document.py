"""Reading the documents of other systems: strict JSON with places, every text as it stands."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, field

from feature_registry.diagnostics import Diagnostic, error, has_errors
from feature_registry.findings import described
from feature_registry.importers.errors import ImportingError
from feature_registry.json_reader import JsonFile, escape, read_json


@dataclass
class SourceDocument:
    """A document that was read. `value` holds its texts without Unicode normalisation, since they may be hashed."""

    file: JsonFile
    value: dict[str, object]
    problems: list[Diagnostic] = field(default_factory=list)

    def problem(self, code: str, message: str, at: str, help: str | None = None, *, key: bool = False) -> None:
        """Note an error at a pointer."""
        self.problems.append(error(code, message, self.file.place(at, key=key), help))

    def expect(self, value: object, kind: type | tuple[type, ...], wanted: str, at: str) -> bool:
        """Whether a value is of the type; a problem when it is not."""
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds):
            return True
        self.problem("wrong-type", f"expected {wanted}, found {described(value)}", at)
        return False

    def check(self) -> None:
        """Raise ImportingError when there are problems."""
        if has_errors(self.problems):
            raise ImportingError(self.problems)


def read_source(name: str, content: bytes) -> SourceDocument:
    """Read a document. Raises ImportingError with every problem of its JSON."""
    file, problems = read_json(name, content)
    if not file.is_readable or has_errors(problems):
        raise ImportingError(problems)
    value = json.loads(content)
    if not isinstance(value, dict):
        raise ImportingError([error("wrong-type", f"expected an object, found {described(value)}", file.place(""))])
    return SourceDocument(file, value, list(problems))


def is_normal(value: object) -> bool:
    """Whether all texts are in NFC, as a registry's are: others would be hashed or compared otherwise."""
    if isinstance(value, str):
        return value.isascii() or unicodedata.is_normalized("NFC", value)
    if isinstance(value, dict):
        return all(is_normal(key) and is_normal(item) for key, item in value.items())
    return all(map(is_normal, value)) if isinstance(value, list) else True


def below(at: str, *parts: str | int) -> str:
    """A pointer below another."""
    return at + "".join(f"/{escape(str(part))}" for part in parts)
