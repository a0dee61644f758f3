"""Assumptions as users give them: a JSON file, and single ones on the command line, which win."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from decision_engine.advisor import Assumptions, OfDecision
from feature_registry import Diagnostic, Place, Registry, error, has_errors
from feature_registry.json_reader import JsonFile, pointer_to, read_json
from feature_registry.nearest import suggestion
from infra.errors import NOWHERE, InfraError, UsageError
from infra.files import read_input

LARGEST = 2**20

_HELP = "docs/advisor.md lists all assumptions"


def read_assumptions(path: Path | None, given: list[str], registry: Registry) -> Assumptions:
    """The assumptions of a file, if there is one, with those of the form `name=value`.

    Raises InfraError with all problems of the file, and UsageError for a bad `name=value`.
    """
    document: dict[str, Any] = {}
    file: JsonFile | None = None
    if path is not None:
        file, problems = read_json(str(path), read_input(str(path), "assumptions", largest=LARGEST))
        if not file.is_readable or has_errors(problems):
            raise InfraError(problems)
        if not isinstance(file.value, dict):
            message = "expected an object of assumptions"
            raise InfraError([error("bad-assumption", message, file.place(""), _HELP)])
        document = file.value
        _check(document, file, registry)
    for one in given:
        document = _merged(document, _single(one))
    if given:
        _check(document, None, registry)
    return Assumptions.model_validate(document)


def _single(text: str) -> dict[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise UsageError(f"expected `name=value` for `--set`, found `{text}`", "for instance --set changes_per_day=24")
    try:
        read: Any = json.loads(value, parse_constant=_no_constant)
    except ValueError:
        raise UsageError(f"expected JSON after `{name}=`, found `{value}`", "a number, `true` or `false`") from None
    for part in reversed(name.split(".")):
        read = {part: read}
    assert isinstance(read, dict), "a name has at least one part"
    return read


def _no_constant(text: str) -> float:
    raise ValueError(text)


def _merged(document: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """The document with what `more` says; a part of a spread replaces that part alone."""
    found = dict(document)
    for name, value in more.items():
        before = found.get(name)
        if before is None and name in Assumptions.model_fields and isinstance(value, dict):
            default = Assumptions.model_fields[name].default
            before = default.model_dump() if hasattr(default, "model_dump") else {}
        found[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return found


def _check(document: dict[str, Any], file: JsonFile | None, registry: Registry) -> None:
    """Raise InfraError (in a file) or UsageError (of the command line) when assumptions are not as expected."""
    problems: list[Diagnostic] = []
    try:
        Assumptions.model_validate(document)
    except ValidationError as faults:
        problems = [
            _problem(fault["type"], fault["msg"], fault["loc"], file) for fault in faults.errors(include_url=False)
        ]
    decisions = document.get("decisions")
    for name in decisions if isinstance(decisions, dict) else ():
        if name not in registry.decisions:
            place = NOWHERE if file is None else file.place(pointer_to("decisions", name), key=True)
            help_line = suggestion(name, list(registry.decisions), "decisions")
            problems.append(error("unknown-decision", f"the registry has no decision `{name}`", place, help_line))
    if problems and file is None:
        raise UsageError(problems[0].message, problems[0].help or _HELP)
    if problems:
        raise InfraError(problems)


def _problem(kind: str, message: str, location: tuple[int | str, ...], file: JsonFile | None) -> Diagnostic:
    name = ".".join(str(part) for part in location)
    pointer = pointer_to(*location)
    place = Place("") if file is None else file.place(pointer, key=kind == "extra_forbidden")
    if kind == "extra_forbidden":
        known = OfDecision.model_fields if location[0] == "decisions" else Assumptions.model_fields
        text = f"expected an assumption that there is, found `{name}`"
        help_line = suggestion(str(location[-1]), list(known), "assumptions") if len(location) != 2 else _HELP
        return error("bad-assumption", text, place, help_line or _HELP)
    if kind == "refused":
        return error("bad-assumption", f"`{name}`: {message}", place, _HELP)
    text = message.removeprefix("Input should be ").replace("Field required", "this part as well").rstrip(".")
    return error("bad-assumption", f"`{name}`: expected {text}", place, _HELP)
