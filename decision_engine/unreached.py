"""Rules that a compiled program never reaches: what the passes dropped, told to the people who wrote it."""

from __future__ import annotations

from collections.abc import Iterator

from decision_engine.ir import Program
from decision_engine.ir.verify import reachable_codes
from feature_registry import Diagnostic, Registry, warning


def unreached_rules(registry: Registry, program: Program) -> Iterator[Diagnostic]:
    """Warnings for the rules of which no outcome is left in the optimised program."""
    for decision in program.decisions:
        codes = reachable_codes(program, decision.outcome)
        reached = {leaf.rule for code, leaf in enumerate(decision.leaves) if code in codes}
        for index in range(len(registry.decisions[decision.name].rules)):
            if index not in reached:
                place = registry.place("decisions", decision.name, f"/rules/{index}")
                message = (
                    "this rule is never reached: an earlier rule always matches first, or its condition is never true"
                )
                yield warning("unreachable-rule", message, place, "move it up, mend its condition, or take it out")
