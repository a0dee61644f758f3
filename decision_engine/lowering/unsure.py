"""Rules that ask to nodes: a rule that may ask has two leaves with one outcome, and its code chooses between them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from decision_engine.ir import Ref
from decision_engine.ir.nodes import AllOf, Arithmetic, Binary, Candidate, Compare, Comparison, Present, Select
from decision_engine.lowering.conditions import lower_condition
from decision_engine.lowering.scope import RegistryScope
from feature_registry.asking import HYBRID, Asking
from feature_registry.conditions import default_salt


def lower_asking(scope: RegistryScope, asks: Asking, owner: str, candidates: Sequence[Candidate] = ()) -> Ref | None:
    """A bool ref: a rule that matched asks. None when it always does.

    `owner` is the decision (`decisions/home`), `candidates` are those of a ranking.
    """
    parts: list[Ref] = []
    if asks.own is not None:
        parts.append(lower_condition(scope, asks.own, owner))
    if asks.policy is not None:
        parts.append(lower_condition(scope, asks.policy, default_salt("policies", HYBRID)))
    if asks.margin is not None:
        parts.append(_is_close(scope, candidates, asks.margin))
    return scope.add(AllOf(tuple(parts))) if parts else None


def _is_close(scope: RegistryScope, candidates: Sequence[Candidate], margin: float) -> Ref:
    """Whether the two highest scores of eligible candidates are closer than `margin`; false with fewer than two.

    In one walk: second = max(second, min(first, score)), first = max(first, score). What is not eligible, or has no
    score, counts as minus infinity.
    """
    nothing = scope.constant(-math.inf)
    first = second = nothing
    for candidate in candidates:
        counts = scope.add(AllOf((candidate.eligible, scope.add(Present(candidate.score)))))
        score = scope.add(Select(counts, candidate.score, nothing))
        behind = scope.add(Binary(Arithmetic.MIN, first, score))
        second = scope.add(Binary(Arithmetic.MAX, second, behind))
        first = scope.add(Binary(Arithmetic.MAX, first, score))
    lead = scope.add(Binary(Arithmetic.SUBTRACT, first, second))
    return scope.add(Compare(Comparison.LESS, lead, scope.constant(margin)))
