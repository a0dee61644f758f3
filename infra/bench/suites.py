"""The suites by name, and one run of some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from infra.bench.batch import measure_batch
from infra.bench.compiling import measure_compile
from infra.bench.edge import measure_edge
from infra.bench.previews import measure_preview
from infra.bench.result import Findings, LeftOut
from infra.bench.rules import measure_rules
from infra.bench.size import measure_size
from infra.bench.timing import Setting
from infra.bench.trees import measure_trees
from infra.errors import InfraError

Measure: TypeAlias = Callable[[Setting], Findings]


@dataclass(frozen=True, slots=True)
class Suite:
    """What a suite compares, in words, and what measures it."""

    title: str
    measure: Measure


SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        "trees": Suite("One row through tree models, microseconds a row", measure_trees),
        "rules": Suite("50 flags over 20 cohorts with percentage rollouts, microseconds a request", measure_rules),
        "edge": Suite("The example's worker in workerd, microseconds a request", measure_edge),
        "batch": Suite("10,000 rows at once in Python, one thread, microseconds a row", measure_batch),
        "compile": Suite("Whole commands on large registries, microseconds", measure_compile),
        "preview": Suite("Previews of a million recorded requests, whole commands", measure_preview),
        "size": Suite("Artefacts and models, bytes", measure_size),
    }
)


def run_suite(name: str, setting: Setting, suites: Mapping[str, Suite] = SUITES) -> Findings:
    """What one suite finds; a suite that cannot run here is left out with its reason, and counts as missed."""
    try:
        return suites[name].measure(setting)
    except InfraError as problem:
        return Findings(left_out=[LeftOut(name, "the whole suite", problem.diagnostics[0].message, True)])


def run_suites(names: Sequence[str], watch: Callable[[str], AbstractContextManager[Setting]]) -> Mapping[str, Findings]:
    """The findings of suites, one after the other; `watch` gives each its setting, which shows its progress."""
    found = {}
    for name in names:
        with watch(name) as setting:
            found[name] = run_suite(name, setting)
    return found
