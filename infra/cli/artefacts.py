"""How commands show an artefact: its files, what it costs part by part, the limits it keeps, why forests are as they
are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from decision_engine.artefact import Artefact
from infra.cli.output import print_note, print_table


def forests_json(artefact: Artefact) -> list[dict[str, Any]]:
    """How each forest was emitted, and why."""
    return [asdict(choice) for choice in artefact.choices]


def print_files(artefact: Artefact) -> None:
    """A table of the files with their sizes."""
    manifest = artefact.manifest
    rows = [(name, f"{entry['raw']:,}", f"{entry['gzip']:,}") for name, entry in manifest["files"].items()]
    rows.append(("together", f"{manifest['bytes']['raw']:,}", f"{manifest['bytes']['gzip']:,}"))
    print_table(("file", "bytes", "gzip"), rows, numbers=(1, 2))


def print_explanation(artefact: Artefact) -> None:
    """Forests, parts, the longest path, limits."""
    budget = artefact.manifest["budget"]
    _print_forests(artefact)
    _print_parts(budget)
    _print_path(artefact, budget)
    _print_limits(budget)


def _print_forests(artefact: Artefact) -> None:
    choices = artefact.choices
    if not choices:
        return
    print_note("")
    rows = [
        (one.name, one.strategy, f"{one.trees:,}", f"{one.leaves:,}", f"{one.memory_bytes:,}", one.why)
        for one in choices
    ]
    print_table(("model", "strategy", "trees", "leaves", "memory", "why"), rows, numbers=(2, 3, 4))


def _print_parts(budget: dict[str, Any]) -> None:
    print_note("")
    rows = [(name, f"{size['raw']:,}", f"{size['gzip']:,}") for name, size in budget["parts"].items()]
    code = budget["code"]
    rows.append(("deployed, without configuration", f"{code['raw']:,}", f"{code['gzip']:,}"))
    print_table(("part", "bytes", "gzip"), rows, numbers=(1, 2))


def _print_path(artefact: Artefact, budget: dict[str, Any]) -> None:
    operations, models = budget["operations"], artefact.manifest["models"]
    rows = [("rules", f"{operations['rules']:,}"), ("rankings", f"{operations['rankings']:,}")]
    rows += [(f"model {name}", f"{count:,}") for name, count in zip(models, operations["forests"], strict=True)]
    rows.append(("together", f"{operations['total']:,}"))
    print_note("")
    print_table(("longest path", "operations"), rows, numbers=(1,))


def _print_limits(budget: dict[str, Any]) -> None:
    print_note("")
    print_note(f"memory of tables and wasm: {budget['memory']:,} bytes")
    if budget["asked"] is not None:
        print_note(f"asked: at most {budget['asked']:,} bytes of code")
    if budget["platform"] is None:
        print_note("no platform limits this target")
        return
    rows = [
        (
            name,
            "not established" if limit["value"] is None else f"{limit['value']:,}",
            limit["as_of"],
            limit["note"] or "",
        )
        for name, limit in budget["limits"].items()
    ]
    print_table((f"limit of {budget['platform']}", "value", "as of", "note"), rows, numbers=(1,))
