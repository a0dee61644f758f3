"""flagd's documents (data/flagd/test) as imported registries, with flagd's own library as the judge of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from decision_engine.importing import EngineSemantics
from feature_registry.importers.errors import ImportingError
from feature_registry.importers.flagd import import_flagd
from feature_registry.importers.report import Report
from tests.importers.oracle import ask
from tests.importers.runner import Imported, text_of_id

FOLDER = Path(__file__).parent / "data" / "flagd" / "test"
CONTEXTS: list[dict[str, Any]] = [
    {},
    {"targetingKey": "1"},
    {
        "targetingKey": "user-2",
        "email": "a@company.com",
        "color": "yellow",
        "env": "production",
        "id": "abc",
        "version": "2.0.0",
    },
    {
        "targetingKey": "user-3",
        "email": "b@faas.com",
        "color": "blue",
        "id": "xyz",
        "version": "v2.1",
        "age": 20,
        "name": "n",
    },
    {"targetingKey": "user-4", "user": {"name": "someone"}, "version": "1.9.9-rc.1", "email": "c@ingen.com", "id": 7},
    *(
        {"targetingKey": f"visitor-{number}", "user": {"name": f"n{number}"}, "email": f"{number}@x.de"}
        for number in range(20)
    ),
]


def imported(document: dict[str, Any], **options: str) -> tuple[dict[str, Any], Report]:
    """The registry and the report of a document."""
    found, report = import_flagd("flags.json", json.dumps(document).encode(), EngineSemantics(), **options)
    return dict(found), report


def request_of(context: dict[str, Any], report: Report) -> dict[str, Any]:
    """The request of a visitor, as docs/importing.md says."""
    units: dict[str, str] = {}
    for path, name in report.units.items():
        value: Any = context
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if (text := text_of_id(value)) is not None:
            units[name] = text
    return {"attributes": context, "units": units}


def documents() -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """(name, is it a good one, document); a targeting stands in a flag of its own."""
    for path in sorted(FOLDER.glob("*/*/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if path.parts[-3] == "targeting":
            names = [
                "clubs",
                "diamonds",
                "hearts",
                "spades",
                "on",
                "off",
                "single-entry",
                "heads",
                "tails",
                "true",
                "1",
                "NaN",
            ]
            variants = {name: f"value of {name}" for name in names}
            flag = {"state": "ENABLED", "variants": variants, "defaultVariant": "off", "targeting": document}
            document = {"flags": {"f": flag}, "$evaluators": {"some-ref": {"==": [{"var": "env"}, "production"]}}}
        yield f"{path.parts[-3]}/{path.parts[-2]}/{path.stem}", path.parts[-2] == "positive", document


def as_map(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its flags by key, as the library reads it."""
    flags = document["flags"]
    return document if isinstance(flags, dict) else {**document, "flags": {flag["key"]: flag for flag in flags}}


def all_cases() -> Iterator[tuple[str, Imported | str]]:
    """(name, registry with cases for all flags and contexts, or the reason why something is not carried over)."""
    good = [(name, document) for name, is_good, document in documents() if is_good]
    answers = ask([{"kind": "flagd", "document": as_map(one), "cases": _asked(as_map(one))} for _, one in good])
    for (name, document), expected in zip(good, answers, strict=True):
        found, report = imported(document)
        if report.left_out:
            yield name, "; ".join(f"{one.construct}: {one.reason}" for one in report.left_out)
            continue
        result = Imported(found)
        for number, ((key, context), answer) in enumerate(zip(_asked(as_map(document)), expected, strict=True)):
            request = request_of(context, report)
            result.cases.append((f"{name} {key} {number}", report.decisions[key], request, answer.get("value")))
        yield name, result


def refused(document: dict[str, Any]) -> str | None:
    """What the importer says of a bad document; None when it takes it."""
    try:
        imported(document)
    except ImportingError as problem:
        return str(problem)
    return None


def _asked(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(key, context) for key in document["flags"] for context in CONTEXTS]
