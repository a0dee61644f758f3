"""Previews of cohorts: reach, overlaps, funnel; and who enters and leaves in another registry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from decision_engine.models import Models
from decision_engine.probes import HOLDS, ConditionProbe, Probe, reads
from feature_registry import Registry
from feature_registry.conditions import default_salt
from infra.columns.values import Mask
from infra.preview.crowd import CrowdTally
from infra.preview.figures import CohortChange, CohortFigures, Overlap
from infra.preview.funnel import Funnel
from infra.preview.interval import Share
from infra.preview.side import Decided, Side


class CohortTally:
    """Counts one cohort of one registry; with `overlap`, all others too."""

    def __init__(self, registry: Registry, models: Models, name: str, *, expand: bool, overlap: bool) -> None:
        probes: list[Probe] = []
        self._funnel = Funnel(registry, name, probes, expand=expand)
        own = reads(registry, models, probes[:2])
        others = [other for other in registry.cohorts if other != name] if overlap else []
        self.others: Mapping[str, int] = {other: len(probes) + index for index, other in enumerate(others)}
        probes += [
            ConditionProbe(registry.cohorts[other].condition, default_salt("cohorts", other)) for other in self.others
        ]
        self.side = Side(registry, models, probes, {}, own)
        self._rows = self._unknown = self._own = 0
        self._sizes = np.zeros((2, len(self.others)), dtype=np.int64)

    def add(self, decided: Decided) -> Mask:
        """Count a batch; gives the rows of those who are in the cohort."""
        root = self._funnel.root
        members = decided.holds(root.is_true)
        self._funnel.add(decided.holds, decided.rows)
        self._rows += decided.rows
        self._own += int(np.count_nonzero(members))
        self._unknown += int(np.count_nonzero(~members & ~decided.holds(root.is_false)))
        if self.others:
            first, last = min(self.others.values()), max(self.others.values())
            inside = np.equal(decided.codes[:, first : last + 1], HOLDS)
            self._sizes += np.stack([inside.sum(axis=0), inside[members].sum(axis=0)])
        return members

    def figures(self) -> CohortFigures:
        """What was counted."""
        overlaps = [
            Overlap(other, int(size), int(both), self._own)
            for other, size, both in zip(self.others, *self._sizes, strict=True)
        ]
        return CohortFigures(
            self.side.registry.digest,
            Share(self._own, self._rows),
            self._unknown,
            tuple(sorted(overlaps, key=lambda one: (-one.jaccard, -one.size, one.cohort))),
            self._funnel.counts(),
            self.side.reads(),
        )


class CohortChangeTally:
    """Counts who enters and who leaves."""

    def __init__(self, after: CohortTally) -> None:
        self._stayed = self._outside = 0
        self._entered, self._left = CrowdTally(after.others), CrowdTally(after.others)

    def add(self, before: Mask, after: Mask, decided: Decided, first: int) -> None:
        """Count a batch; `first` is the number of its first row, `decided` is by the new registry."""
        self._stayed += int(np.count_nonzero(before & after))
        self._outside += int(np.count_nonzero(~before & ~after))
        self._entered.add(after & ~before, decided, first)
        self._left.add(before & ~after, decided, first)

    def change(self) -> CohortChange:
        """What was counted."""
        return CohortChange(self._stayed, self._outside, self._entered.crowd(), self._left.crowd())
