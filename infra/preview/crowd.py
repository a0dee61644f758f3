"""Rows that change between two registries: how many, which come first, and in which cohorts they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from decision_engine.probes import HOLDS
from infra.columns.values import Mask
from infra.preview.figures import Crowd
from infra.preview.side import Decided

SHOWN_ROWS = 10
"""How many row numbers are kept, to look at with `edgewise explain`."""


class CrowdTally:
    """Counts a crowd; `cohorts` are the probes of the cohorts to count it by."""

    def __init__(self, cohorts: Mapping[str, int]) -> None:
        self._cohorts = cohorts
        self._count = 0
        self._rows: list[int] = []
        self._sizes = np.zeros(len(cohorts), dtype=np.int64)

    def add(self, members: Mask, decided: Decided, first: int) -> None:
        """Count the members of a batch whose first row has the number `first`."""
        places = np.flatnonzero(members)
        self._count += len(places)
        self._rows += (places[: SHOWN_ROWS - len(self._rows)] + first).tolist()
        if len(places) and self._cohorts:
            probes = np.array(list(self._cohorts.values()))
            self._sizes += np.equal(decided.codes[places[:, None], probes], HOLDS).sum(axis=0)

    def crowd(self) -> Crowd:
        """What was counted; cohorts that nobody is in are left out."""
        sizes = [(name, int(size)) for name, size in zip(self._cohorts, self._sizes, strict=True) if size]
        return Crowd(self._count, tuple(self._rows), tuple(sorted(sizes, key=lambda one: (-one[1], one[0]))))
