"""Deciding with a random registry in every engine: the reference and each target, in this process and in node."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from tests.conformance.cases import Case, Group, Json
from tests.conformance.engines import Job, python_answers, reference_answers, wasmtime_answers
from tests.conformance.lines import LineProcess
from tests.conformance.programs import load_registry, write_program

Batch: TypeAlias = Sequence[tuple[Json, int]]
"""Requests, each with its time."""


def decide(registry: Json, batch: Batch) -> list[str]:
    """The reference evaluator's answers."""
    return reference_answers(Path(), [Job(_group(registry, batch), Path())])[0]


class Engines:
    """Every target, with a node process that lives as long as the tests of a module."""

    def __init__(self, folder: Path, node: LineProcess | None) -> None:
        self._folder = folder
        self._node = node
        self._numbers = itertools.count()

    def answers(self, registry: Json, batch: Batch, *, passes: bool) -> dict[str, list[str]]:
        """The answers of each target."""
        program = self._folder / f"{next(self._numbers)}"
        write_program(program, *load_registry(registry), passes=passes)
        job = Job(_group(registry, batch), program)
        found = {"python": python_answers(program, [job])[0], "wasm": wasmtime_answers(program, [job])[0]}
        if self._node is not None:
            for engine in ("javascript", "wasm"):
                found[f"{engine} in node"] = self._node.ask(program=str(program), engine=engine, cases=list(batch))
        return found


def _group(registry: Json, batch: Batch) -> Group:
    return Group(0, "", "", registry, tuple(Case("", request, at, {}) for request, at in batch))
