"""Previews of decisions: outcomes, rules, and how outcomes change in another registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from decision_engine.compact_json import compact
from decision_engine.ir.nodes import Decision, Leaf
from decision_engine.models import Models
from decision_engine.probes import Probe, reads
from feature_registry import DecisionDocument, ExperimentRule, RankRule, Registry, Rule, ShowRule
from infra.preview.crowd import SHOWN_ROWS
from infra.preview.figures import DecisionChange, DecisionFigures, OutcomeCount, RuleCount, Transition
from infra.preview.side import Decided, Side

_NOBODY = -1
Keys = npt.NDArray[np.int64]


class DecisionTally:
    """Counts one decision of one registry. `keys` numbers outcomes, for both registries of a comparison."""

    def __init__(self, registry: Registry, models: Models, name: str, keys: dict[str, int]) -> None:
        document = registry.decisions[name]
        alone = [document.model_copy(update={"rules": (rule,)}) for rule in document.rules]
        documents: Sequence[DecisionDocument] = [document, *alone]
        probes: list[Probe] = []
        self.side = Side(registry, models, probes, {name: documents}, reads(registry, models, [], {name: [document]}))
        self._document = document
        self._first = len(probes)
        self._decision: Decision = self.side.program.decisions[self._first]
        self._payloads = [payload.key for payload in self.side.program.payloads]
        self._keys = keys
        for payload in self._payloads:
            keys.setdefault(payload, len(keys))
        self._leaves = np.zeros(len(self._decision.leaves), dtype=np.int64)
        self._ranked: Counter[tuple[int, str]] = Counter()
        self._matches = np.zeros(len(document.rules), dtype=np.int64)
        self._rows = 0

    def add(self, decided: Decided) -> Keys:
        """Count a batch; gives the number of each row's outcome, and of the candidates that follow in its ranking."""
        codes = decided.codes[:, self._first]
        self._rows += decided.rows
        self._leaves += np.bincount(codes, minlength=len(self._leaves))
        for rule in range(len(self._matches)):
            leaves = self.side.program.decisions[self._first + 1 + rule].leaves
            is_match = np.array([leaf.rule is not None for leaf in leaves])
            self._matches[rule] += np.count_nonzero(is_match[decided.codes[:, self._first + 1 + rule]])
        return self._listed(decided, codes)

    def figures(self) -> DecisionFigures:
        """What was counted."""
        leaves = self._decision.leaves
        found = [
            _outcome(leaf, self._payloads[leaf.payload], count)
            for leaf, count in zip(leaves, self._leaves.tolist(), strict=True)
            if count and leaf.payload is not None
        ]
        found += [_outcome(leaves[leaf], key, count) for (leaf, key), count in self._ranked.items()]
        found = _merged(found)
        caught = Counter[int | None]()
        for one in found:
            caught[one.rule] += one.count
        rules = [
            RuleCount(index, _shows(rule), int(self._matches[index]), caught[index])
            for index, rule in enumerate(self._document.rules)
        ]
        return DecisionFigures(
            self.side.registry.digest,
            self._rows,
            tuple(sorted(found, key=lambda one: (-one.count, one.rule is None, one.rule or 0, one.outcome))),
            tuple(rules),
            caught[None],
            self.side.reads(),
        )

    def _listed(self, decided: Decided, codes: npt.NDArray[np.int32]) -> Keys:
        rankings, places = self._decision.rankings, self.side.rankings[self._first]
        single = [_NOBODY if leaf.payload is None else self._key(leaf.payload) for leaf in self._decision.leaves]
        longest = max([1, *(ranking.top for ranking in rankings)])
        listed = np.full((decided.rows, longest), _NOBODY, dtype=np.int64)
        listed[:, 0] = np.array(single, dtype=np.int64)[codes]
        for ranking, place in zip(rankings, places, strict=True):
            rows = np.flatnonzero(codes == ranking.leaf)
            slots = decided.codes[rows, place : place + 1 + ranking.top]
            items = np.array([self._key(candidate.payload) for candidate in ranking.candidates], dtype=np.int64)
            is_filled = np.arange(ranking.top) < slots[:, :1]
            listed[rows, : ranking.top] = np.where(is_filled, items[slots[:, 1:]], _NOBODY)
            names = list(self._keys)
            for key, count in zip(*np.unique(listed[rows, 0], return_counts=True), strict=True):
                self._ranked[ranking.leaf, names[key]] += int(count)
        return listed

    def _key(self, payload: int) -> int:
        return self._keys[self._payloads[payload]]


class DecisionChangeTally:
    """Counts how outcomes change."""

    def __init__(self, before: Registry, after: Registry, keys: dict[str, int]) -> None:
        self._before, self._after, self._keys = before, after, keys
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._relisted = 0
        self._rows: list[int] = []

    def add(self, before: Keys, after: Keys, first: int) -> None:
        """Count a batch, whose first row has the number `first`."""
        pairs, counts = np.unique(np.stack([before[:, 0], after[:, 0]], axis=1), axis=0, return_counts=True)
        for (old, new), count in zip(pairs.tolist(), counts.tolist(), strict=True):
            self._pairs[old, new] += count
        is_changed = before[:, 0] != after[:, 0]
        places = np.flatnonzero(is_changed)[: SHOWN_ROWS - len(self._rows)]
        self._rows += (places + first).tolist()
        width = max(before.shape[1], after.shape[1])
        is_relisted = ~is_changed & np.any(_wide(before, width) != _wide(after, width), axis=1)
        self._relisted += int(np.count_nonzero(is_relisted))

    def change(self) -> DecisionChange:
        """What was counted: transitions that change something first, the most frequent of them first."""
        names = list(self._keys)
        found = [Transition(names[old], names[new], count) for (old, new), count in self._pairs.items()]
        found.sort(key=lambda one: (one.before == one.after, -one.count, one.before, one.after))
        changed = sum(one.count for one in found if one.before != one.after)
        kept = sorted({one.before for one in found if one.before == one.after})
        return DecisionChange(
            tuple(found), changed, tuple(self._rows), self._relisted, tuple(filter(self._has_other_payload, kept))
        )

    def _has_other_payload(self, name: str) -> bool:
        before, after = self._before.payloads[name].value, self._after.payloads[name].value
        return compact(before) != compact(after)


def _wide(listed: Keys, width: int) -> Keys:
    return np.pad(listed, ((0, 0), (0, width - listed.shape[1])), constant_values=_NOBODY)


def _merged(found: Sequence[OutcomeCount]) -> list[OutcomeCount]:
    """One count for each outcome: a rule that may ask the cloud has two leaves for the same one."""
    counts: Counter[OutcomeCount] = Counter()
    for one in found:
        counts[replace(one, count=0)] += one.count
    return [replace(one, count=count) for one, count in counts.items()]


def _outcome(leaf: Leaf, key: str, count: int) -> OutcomeCount:
    return OutcomeCount(key, leaf.rule, leaf.experiment, leaf.variation, leaf.reason, count)


def _shows(rule: Rule) -> str:
    match rule:
        case ShowRule():
            return rule.show
        case ExperimentRule():
            return f"experiment {rule.experiment}"
        case RankRule():
            return f"the best {rule.top} of {rule.rank}"
