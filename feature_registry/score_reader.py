"""Reads scores, of rankings and of derived numbers, from JSON; what is broken is reported, and gives None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from feature_registry.findings import Findings, described, short
from feature_registry.nearest import listed, nearest
from feature_registry.scores import (
    PAIRS,
    ArithmeticScore,
    DaysSinceScore,
    FeatureScore,
    ItemScore,
    ModelScore,
    NumberScore,
    Score,
    ScoreOperation,
    UnaryOperation,
    UnaryScore,
)

_Named: TypeAlias = type[FeatureScore] | type[DaysSinceScore] | type[ItemScore] | type[ModelScore]

_NAMED: Mapping[str, _Named] = {
    "feature": FeatureScore,
    "item": ItemScore,
    "model": ModelScore,
    "days_since": DaysSinceScore,
}
_HEADS = (*_NAMED, *ScoreOperation, *UnaryOperation)
_OF_RANKINGS = ("item", "model")


@dataclass(frozen=True, slots=True)
class ScoreReader:
    """Reads the scores of one document; its problems go to `findings`. Those of derived features know no candidate and
    no model."""

    findings: Findings
    of_feature: bool = False

    @property
    def _noun(self) -> str:
        return "expression" if self.of_feature else "score"

    @property
    def _a_noun(self) -> str:
        return f"{'an' if self.of_feature else 'a'} {self._noun}"

    def read(self, json: object, at: str) -> Score | None:
        """The score at the pointer `at` of the document."""
        if isinstance(json, int | float) and not isinstance(json, bool):
            return NumberScore(float(json), at)
        if not isinstance(json, dict):
            message = f"expected {self._a_noun}, found {described(json)}"
            example = '{"feature": "..."}' if self.of_feature else '{"model": "..."} or {"item": "margin"}'
            self.findings.add("bad-score", message, at, f"for instance {example}")
            return None
        heads = [key for key in json if key in _HEADS]
        if len(heads) != 1:
            keys = listed(short(key) for key in json)
            found = listed(heads) if heads else f"the keys {keys}" if json else "an empty object"
            known = tuple(head for head in _HEADS if not (self.of_feature and head in _OF_RANKINGS))
            matches = (nearest(key, known) for key in json)
            match = next((name for name in matches if name), None) if not heads else None
            help_line = (
                f"did you mean `{match}`?"
                if match
                else f"{self._a_noun} is a number or has one of the keys {listed(known)}"
            )
            self.findings.add("bad-score", f"expected one {self._noun}, found {found}", at, help_line)
            return None
        head = heads[0]
        self.findings.unknown_keys(json, (head,), at)
        if self.of_feature and head in _OF_RANKINGS:
            message = f"expected features and numbers, found `{head}`: a derived feature has no {_NOUNS[head]}"
            self.findings.add("bad-derivation", message, f"{at}/{head}", _HELP[head], key=True)
            return None
        if head in _NAMED:
            return self._named(head, json[head], at)
        if head in tuple(UnaryOperation):
            item = self.read(json[head], f"{at}/{head}")
            return None if item is None else UnaryScore(UnaryOperation(head), item, at)
        return self._arithmetic(ScoreOperation(head), json[head], at)

    def _named(self, head: str, name: object, at: str) -> Score | None:
        if not isinstance(name, str):
            self.findings.add("wrong-type", f"expected a name, found {described(name)}", f"{at}/{head}")
            return None
        return _NAMED[head](name, at)

    def _arithmetic(self, op: ScoreOperation, items: object, at: str) -> Score | None:
        wanted = f"a list of two {self._noun}s" if op in PAIRS else f"a list of {self._noun}s"
        if not isinstance(items, list) or not items or (op in PAIRS and len(items) != 2):
            found = f"{len(items)} of them" if isinstance(items, list) and items else described(items)
            self.findings.add("bad-score", f"expected {wanted}, found {found}", f"{at}/{op}")
            return None
        read = [self.read(item, f"{at}/{op}/{index}") for index, item in enumerate(items)]
        scores = tuple(score for score in read if score is not None)
        return ArithmeticScore(op, scores, at) if len(scores) == len(items) else None


_NOUNS = {"item": "candidate", "model": "model"}
_HELP = {
    "item": "score candidates in the ranking that shows them",
    "model": "test the model in a cohort, or rank by it",
}
