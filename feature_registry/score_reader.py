"""Reads the scores of rankings from JSON; what is broken is reported, and the result is then None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from feature_registry.findings import Findings, described
from feature_registry.nearest import listed, nearest
from feature_registry.scores import (
    PAIRS,
    ArithmeticScore,
    FeatureScore,
    ItemScore,
    ModelScore,
    NumberScore,
    Score,
    ScoreOperation,
)

_Named: TypeAlias = type[FeatureScore] | type[ItemScore] | type[ModelScore]

_NAMED: Mapping[str, _Named] = {"feature": FeatureScore, "item": ItemScore, "model": ModelScore}
_HEADS = (*_NAMED, *ScoreOperation)


@dataclass(frozen=True, slots=True)
class ScoreReader:
    """Reads the scores of one document; its problems go to `findings`."""

    findings: Findings

    def read(self, json: object, at: str) -> Score | None:
        """The score at the pointer `at` of the document."""
        if isinstance(json, int | float) and not isinstance(json, bool):
            return NumberScore(float(json), at)
        if not isinstance(json, dict):
            message = f"expected a score, found {described(json)}"
            self.findings.add("bad-score", message, at, 'for instance {"model": "..."} or {"item": "margin"}')
            return None
        heads = [key for key in json if key in _HEADS]
        if len(heads) != 1:
            found = listed(heads) if heads else (f"the keys {listed(json)}" if json else "an empty object")
            matches = (nearest(key, _HEADS) for key in json)
            match = next((name for name in matches if name), None) if not heads else None
            help_line = (
                f"did you mean `{match}`?" if match else f"a score is a number or has one of the keys {listed(_HEADS)}"
            )
            self.findings.add("bad-score", f"expected one score, found {found}", at, help_line)
            return None
        head = heads[0]
        self.findings.unknown_keys(json, (head,), at)
        if head in _NAMED:
            return self._named(head, json[head], at)
        return self._arithmetic(ScoreOperation(head), json[head], at)

    def _named(self, head: str, name: object, at: str) -> Score | None:
        if not isinstance(name, str):
            self.findings.add("wrong-type", f"expected a name, found {described(name)}", f"{at}/{head}")
            return None
        return _NAMED[head](name, at)

    def _arithmetic(self, op: ScoreOperation, items: object, at: str) -> Score | None:
        wanted = "a list of two scores" if op in PAIRS else "a list of scores"
        if not isinstance(items, list) or not items or (op in PAIRS and len(items) != 2):
            found = f"{len(items)} of them" if isinstance(items, list) and items else described(items)
            self.findings.add("bad-score", f"expected {wanted}, found {found}", f"{at}/{op}")
            return None
        read = [self.read(item, f"{at}/{op}/{index}") for index, item in enumerate(items)]
        scores = tuple(score for score in read if score is not None)
        return ArithmeticScore(op, scores, at) if len(scores) == len(items) else None
