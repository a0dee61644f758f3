"""`edgewise check`: every problem of a registry and of its models, and what the compiler finds besides."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from feature_registry import Diagnostic, Registry, RegistryError, Severity, in_order
from infra.cli.parameters import AsJson, RegistryPath
from infra.wording import counted

EXAMPLE = "edgewise check examples/online_shop/registry"
WATCH_SECONDS = 0.3
KINDS = ("features", "cohorts", "models", "experiments", "decisions", "payloads")


def check(
    path: RegistryPath,
    as_json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", help="Check again at every change, until Ctrl-C.")] = False,
) -> None:
    """Find all problems of a registry.

    Each comes with its place and what to do; model files and what the compiler finds are included. The exit code is 1
    when one of them is an error; with --watch, when the last check had one.
    """
    is_sound = _watch(path, as_json) if watch else _report(inspect_all(path), as_json)
    if not is_sound:
        raise typer.Exit(1)


def _report(found: Inspected, as_json: bool) -> bool:
    """Print what was found; whether there was no error."""
    from infra.cli.output import print_diagnostics, print_json, print_note, problems_json

    errors = sum(one.severity is Severity.ERROR for one in found.diagnostics)
    warnings = len(found.diagnostics) - errors
    if as_json:
        digest = None if found.registry is None else found.registry.digest
        summary = {"registry": digest, "counts": found.counts, "errors": errors, "warnings": warnings}
        print_json({**summary, **problems_json(found.diagnostics)})
    else:
        print_diagnostics(found.diagnostics)
        style = "red" if errors else "yellow" if warnings else "green"
        print_note(_summary(found, errors, warnings), style)
    sys.stdout.flush()
    return not errors


def _watch(path: Path, as_json: bool) -> bool:
    """Check now and at every change of a file, until a signal; whether the last check found no error."""
    from infra.cli.output import print_note
    from infra.dev.signals import stop_signals
    from infra.dev.watch import settled, snapshot

    files: tuple[Path, ...] = (path,)
    with stop_signals() as stop:
        while True:
            seen = settled(files)
            found = inspect_all(path)
            if found.registry is not None:
                files = (path, *(found.registry.root / model.file for model in found.registry.models.values()))
                seen = snapshot(files) | seen
            if not as_json:
                print_note(f"\n{datetime.now():%H:%M:%S} {path}", "bold")
            is_sound = _report(found, as_json)
            while snapshot(files) == seen:
                if stop.wait(WATCH_SECONDS):
                    return is_sound


@dataclass(frozen=True, slots=True)
class Inspected:
    """A registry (None with errors) and all problems; `counts` gives how many objects it has of each kind."""

    registry: Registry | None
    diagnostics: Sequence[Diagnostic]

    @property
    def counts(self) -> dict[str, int] | None:
        """Objects by kind; None when the registry could not be read."""
        return None if self.registry is None else {kind: len(getattr(self.registry, kind)) for kind in KINDS}


def inspect_all(path: RegistryPath) -> Inspected:
    """Read and check the registry, load its models, and compile it."""
    from decision_engine.models import load_models
    from decision_engine.operators import SIGNATURES
    from decision_engine.pipeline import compile_program
    from decision_engine.unreached import unreached_rules
    from feature_registry import inspect

    registry, diagnostics = inspect(path, SIGNATURES)
    if registry is None:
        return Inspected(None, diagnostics)
    try:
        program = compile_program(registry, load_models(registry))
    except RegistryError as fault:
        return Inspected(registry, in_order([*diagnostics, *fault.diagnostics]))
    told = {(one.code, one.file, one.pointer) for one in diagnostics}
    unreached = [one for one in unreached_rules(registry, program) if (one.code, one.file, one.pointer) not in told]
    return Inspected(registry, in_order([*diagnostics, *unreached]))


def _summary(found: Inspected, errors: int, warnings: int) -> str:
    counts = found.counts or {}
    objects = ", ".join(counted(count, kind[:-1]) for kind, count in counts.items() if count)
    problems = ", ".join(counted(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count)
    return ": ".join(part for part in (objects, problems or "no problems") if part)
