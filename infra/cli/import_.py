"""`edgewise import`: documents of GrowthBook and flagd as registries, with a report of what is not carried over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.parameters import AsJson
from infra.wording import counted

if TYPE_CHECKING:
    from feature_registry.importers.report import Report

EXAMPLE = "edgewise import growthbook features.json --out shop"
REGISTRY = "registry.json"
REPORT = "import_report.jsonl"


class SourceName(StrEnum):
    """The systems that documents come from."""

    GROWTHBOOK = "growthbook"
    FLAGD = "flagd"


class FractionalName(StrEnum):
    """The formulas of flagd's `fractional`."""

    CURRENT = "current"
    LEGACY = "legacy"


def import_(
    source: Annotated[SourceName, typer.Argument(help="The system that the document is of.", show_default=False)],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The document, as JSON.", show_default=False)],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="The folder to make; it may exist when it is empty.", show_default=False
        ),
    ],
    allow_partial: Annotated[
        bool, typer.Option("--allow-partial", help="Exit with 0 though something was left out.")
    ] = False,
    sticky: Annotated[
        bool, typer.Option("--sticky", help="growthbook: the site uses a service for sticky buckets.")
    ] = False,
    overrides: Annotated[
        bool,
        typer.Option("--overrides/--no-overrides", help="growthbook: the page's query can force variations (?KEY=1)."),
    ] = True,
    decryption_key: Annotated[
        str | None,
        typer.Option("--decryption-key", metavar="KEY", help="growthbook: opens encrypted parts.", show_default=False),
    ] = None,
    fractional: Annotated[
        FractionalName, typer.Option("--fractional", help="flagd: the formula of `fractional` that served the flags.")
    ] = FractionalName.CURRENT,
    as_json: AsJson = False,
) -> None:
    """Make a registry of another system's document.

    Every visitor gets the same values: experiments keep the hashing of their source. The report, which is also written
    beside the registry, says what could not be carried over; the exit code is 1 when that is anything.
    """
    from decision_engine.compact_json import compact
    from decision_engine.operators import SIGNATURES
    from feature_registry import json_schema
    from infra.cli.init import SCHEMA
    from infra.cli.output import print_json
    from infra.folders import write_first_files
    from infra.importing import checked, read_document

    content = read_document(file)
    if source is SourceName.GROWTHBOOK:
        document, report = _growthbook(file.name, content, sticky, overrides, decryption_key)
    else:
        document, report = _flagd(file.name, content, fractional)
    registry = {"$schema": SCHEMA, **document}
    files = {
        REGISTRY: _text(registry),
        REPORT: (compact(report.to_json()) + "\n").encode(),
        SCHEMA: _text(json_schema(SIGNATURES)),
    }
    checked(files[REGISTRY])
    write_first_files(files, out)
    counts = {kind: len(found) for kind, found in document.items() if kind != "policies" and isinstance(found, dict)}
    if as_json:
        print_json({"ok": not report.left_out, "folder": str(out), "counts": counts, **report.to_json()})
    else:
        _print(report, counts, out)
    if report.left_out and not allow_partial:
        raise typer.Exit(1)


import_.__name__ = "import"  # a keyword of Python, so that no function can be defined by that name


def _growthbook(
    name: str, content: bytes, sticky: bool, overrides: bool, key: str | None
) -> tuple[Mapping[str, object], Report]:
    from decision_engine.importing import EngineSemantics
    from feature_registry.importers.growthbook import Options, import_growthbook
    from infra.decryption import decrypt

    opened = None if key is None else lambda text: decrypt(text, key)
    return import_growthbook(name, content, EngineSemantics(), Options(sticky, overrides), opened)


def _flagd(name: str, content: bytes, fractional: FractionalName) -> tuple[Mapping[str, object], Report]:
    from decision_engine.importing import EngineSemantics
    from feature_registry.bucketings import FLAGD, FLAGD_LEGACY
    from feature_registry.importers.flagd import import_flagd

    bucketing = FLAGD if fractional is FractionalName.CURRENT else FLAGD_LEGACY
    return import_flagd(name, content, EngineSemantics(), bucketing=bucketing)


def _text(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _print(report: Report, counts: Mapping[str, int], out: Path) -> None:
    from infra.cli.output import print_note, print_table

    objects = ", ".join(counted(count, kind.removesuffix("s")) for kind, count in counts.items())
    print_note(f"made {out} with {objects or 'nothing'}", "green" if not report.left_out else "yellow")
    renamed = [(name, decision) for name, decision in report.decisions.items() if name != decision]
    if renamed:
        print_table(("of the source", "decision"), renamed, numbers=())
    if report.units:
        print_table(("attribute", "unit"), list(report.units.items()), numbers=())
    if report.changed:
        rows = [(one.name, one.change, one.reason) for one in report.changed]
        print_table(("carried over", "change", "what it means"), rows, numbers=())
    if report.left_out:
        missing = [(one.name, one.construct, one.reason, one.pointer) for one in report.left_out]
        print_table(("left out", "construct", "reason", "at"), missing, numbers=())
    print_note(f"{len(report.decisions)} carried over, {len(report.left_out)} left out; see {out / REPORT}")
