"""Which decisions change when a forest takes the place of another: both programs in wasm, on the same vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from decision_engine.budget.fit import ChangedShare
from decision_engine.budget.fit.scoring import Floats, Places
from decision_engine.ir import Program
from decision_engine.targets.analysis import lay_out_codes
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from decision_engine.trees import Forest


class DecisionChanges:
    """Compares what is shown: the payload, or the list of a ranking. Another rule that shows the same is no change."""

    def __init__(self, program: Program, forest: int, vectors: Floats) -> None:
        self._program = program
        self._forest = forest
        self._vectors = vectors
        self._payloads = [
            np.array([-1 if leaf.payload is None else leaf.payload for leaf in decision.leaves])
            for decision in program.decisions
        ]
        self._known: tuple[Forest, npt.NDArray[np.int32]] | None = None

    def __call__(self, before: Forest, after: Forest, rows: Places) -> ChangedShare:
        """The decisions of the vectors with these numbers that differ between the two forests."""
        old, new = self._codes(before, rows), self._codes(after, rows)
        changed = np.empty((len(rows), len(self._program.decisions)), dtype=bool)
        places = lay_out_codes(self._program.decisions).rankings
        for number, (decision, starts) in enumerate(zip(self._program.decisions, places, strict=True)):
            payloads = self._payloads[number]
            differs = payloads[old[:, number]] != payloads[new[:, number]]
            for ranking, start in zip(decision.rankings, starts, strict=True):
                listed = slice(start, start + 1 + ranking.top)
                differs |= (old[:, listed] != new[:, listed]).any(axis=1)
            changed[:, number] = differs
        counts = {
            decision.name: int(column.sum())
            for decision, column in zip(self._program.decisions, changed.T, strict=True)
        }
        return ChangedShare(len(rows), int(changed.any(axis=1).sum()), counts)

    def _codes(self, forest: Forest, rows: Places) -> npt.NDArray[np.int32]:
        """The codes of rows; those of the model itself on all rows, which are asked again and again, are kept."""
        is_own = forest is self._program.forests[self._forest] and len(rows) == len(self._vectors)
        if is_own and self._known is not None and self._known[0] is forest:
            return self._known[1]
        engine = WasmEngine(emit_wasm(with_forest(self._program, self._forest, forest)).content)
        codes = engine.decide_rows(self._vectors[rows])
        if is_own:
            self._known = forest, codes
        return codes


def with_forest(program: Program, number: int, forest: Forest) -> Program:
    """The program with another forest in the place of one, which has the same inputs and outputs."""
    forests = (*program.forests[:number], forest, *program.forests[number + 1 :])
    return replace(program, forests=forests)
