"""One registry's side of a preview: its program in wasm over batches of columns, and what all previews count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from decision_engine.hosts.python.values import Status
from decision_engine.ir import Program
from decision_engine.models import Models
from decision_engine.probes import HOLDS, Alternatives, Probe, UnitProbe, probe_program
from decision_engine.targets.analysis import lay_out_codes
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from feature_registry import Registry
from infra.columns import ROWS, STATUSES, ColumnEncoder, Requests
from infra.columns.encode import Statuses
from infra.columns.values import Mask
from infra.engines.engine import host_tables
from infra.preview.figures import FeatureStatuses, Reads, UnitCounts

_BATCH_BYTES = 32 * 2**20  # of vectors and codes, so that memory does not grow with the number of cohorts
_FEWEST_ROWS = 256
_OPTIMISED = 1_000  # decisions of a module whose optimisation is worth its time


class Decided:
    """What the program said of a batch."""

    def __init__(self, codes: npt.NDArray[np.int32]) -> None:
        self.codes = codes
        self.rows = len(codes)

    def holds(self, probe: int) -> Mask:
        """The rows for which the probe says yes."""
        return np.equal(self.codes[:, probe], HOLDS)


class Side:
    """Decides batches by one registry, and counts the statuses of the features that are read.

    `features` and `units` are what the preview's subject reads. Probes of the units are appended to `probes`.
    """

    def __init__(
        self,
        registry: Registry,
        models: Models,
        probes: list[Probe],
        decisions: Alternatives,
        reads: tuple[Sequence[str], Sequence[str]],
    ) -> None:
        self.registry = registry
        features, units = reads
        self._unit_probes = {unit: len(probes) + index for index, unit in enumerate(units)}
        probes += [UnitProbe(unit) for unit in units]
        self.program: Program = probe_program(registry, models, probes, decisions, features)
        self.rankings = lay_out_codes(self.program.decisions).rankings
        self.encoder = ColumnEncoder(host_tables(self.program), features)
        is_small = len(self.program.decisions) <= _OPTIMISED
        self._engine = WasmEngine(emit_wasm(self.program).content, is_optimised=is_small)
        self._statuses = {name: np.zeros(len(STATUSES), dtype=np.int64) for name in features}
        self._missing_units = dict.fromkeys(units, 0)

    @property
    def batch_rows(self) -> int:
        """How many rows a batch may have."""
        row = 8 * self._engine.width + 4 * self._engine.codes
        return max(_FEWEST_ROWS, min(ROWS, _BATCH_BYTES // row))

    def decide(self, requests: Requests, now: int) -> Decided:
        """Decide a batch, and count what it read."""
        encoded = self.encoder.encode(requests, now)
        decided = Decided(self._engine.decide_rows(encoded.vectors))
        for name in self._statuses:
            self._statuses[name] += _counted(encoded.statuses[name])
        for unit, probe in self._unit_probes.items():
            self._missing_units[unit] += decided.rows - int(np.count_nonzero(decided.holds(probe)))
        return decided

    def reads(self) -> Reads:
        """What was counted of the features and the units."""
        return Reads(
            tuple(
                FeatureStatuses(
                    name,
                    {str(status): int(count) for status, count in zip(STATUSES, counts, strict=True)},
                    self.registry.features[name].max_age,
                )
                for name, counts in self._statuses.items()
            ),
            tuple(UnitCounts(unit, missing) for unit, missing in self._missing_units.items()),
        )


def _counted(statuses: Statuses) -> npt.NDArray[np.intp]:
    return np.bincount(statuses, minlength=len(Status))
