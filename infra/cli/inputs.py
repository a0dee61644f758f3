"""What commands read: registries with their models, requests, times."""

from __future__ import annotations

import re
import time
from pathlib import Path

from decision_engine.hosts.python import RequestError, parse_object
from decision_engine.hosts.python.strict_json import MAX_BYTES
from decision_engine.hosts.python.values import timestamp
from decision_engine.models import Models, load_models
from decision_engine.operators import SIGNATURES
from feature_registry import Diagnostic, Place, Registry, error, load
from feature_registry.json_reader import read_json
from infra.errors import RequestsError, UsageError
from infra.files import STANDARD_INPUT, read_input

_HELP = {
    "not-an-object": 'a request is an object, for instance {"units": {"visitor_id": "v1"}}',
    "too-deep": "requests are limited as at the edge: at most 32 levels",
    "too-many-keys": "requests are limited as at the edge: at most 256 keys",
    "bad-number": "ids and other long numbers are text: put them in double quotes",
}


def read_registry(path: Path) -> tuple[Registry, Models]:
    """The registry with its models loaded. Raises RegistryError with all problems."""
    registry = load(path, SIGNATURES)
    return registry, load_models(registry)


def read_request(path: str) -> dict[str, object]:
    """The request in a file, or on standard input for `-`, by the strict rule of the hosts. Raises InfraError."""
    raw = read_input(path, "a request", largest=MAX_BYTES)
    try:
        return parse_object(raw)
    except RequestError as refused:
        shown = "standard input" if path == STANDARD_INPUT else path
        raise RequestsError([_located(refused, shown, raw)]) from None


def read_time(text: str | None) -> int:
    """The time that `--at` gives, in ms UTC; now when it is absent. Raises UsageError."""
    if text is None:
        return time.time_ns() // 1_000_000
    at = timestamp(int(text) if re.fullmatch(r"-?[0-9]{1,16}", text) else text)
    if at is None:
        help_line = "RFC 3339 text such as 2026-11-27T08:00:00Z, or a whole number of ms since 1970"
        raise UsageError(f"expected a time for `--at`, found `{text}`", help_line)
    return at


def _located(refused: RequestError, path: str, raw: bytes) -> Diagnostic:
    """The host gives a code for the whole text; the registry's reader knows where the fault lies."""
    file, problems = read_json(path, raw)
    if refused.code == "not-an-object" and file.is_readable:
        return error(refused.code, refused.message, file.place(""), _HELP["not-an-object"])
    help_line = _HELP.get(refused.code)
    if not problems or refused.code in ("too-deep", "too-many-keys"):
        return error(refused.code, refused.message, Place(path), help_line)
    first = problems[0]
    place = Place(path, first.line, first.column, first.pointer)
    return error(refused.code, first.message, place, first.help or help_line)
