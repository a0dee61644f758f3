"""What a search for a smaller model is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from decision_engine.budget.fit.distil import Meaning, Recipe
from decision_engine.budget.fit.metrics import Labels, Quality
from decision_engine.budget.fit.scoring import Floats, Places, Views, margins
from decision_engine.trees import Forest


class Changes(Protocol):
    """The share of decisions that differ between two forests in the same program."""

    def __call__(self, before: Forest, after: Forest, rows: Places) -> ChangedShare:
        """Compare on the rows with these numbers."""


@dataclass(frozen=True, slots=True)
class ChangedShare:
    """How many of the decisions of some rows differ in what is shown."""

    rows: int
    rows_changed: int
    by_decision: dict[str, int]

    @property
    def share(self) -> float:
        """Of all decisions of all rows."""
        decided = self.rows * len(self.by_decision)
        return sum(self.by_decision.values()) / decided if decided else 0.0

    def __add__(self, other: ChangedShare) -> ChangedShare:
        counts = {name: count + other.by_decision[name] for name, count in self.by_decision.items()}
        return ChangedShare(self.rows + other.rows, self.rows_changed + other.rows_changed, counts)

    def to_json(self) -> dict[str, Any]:
        """The counts and their shares."""
        return {
            "share": self.share,
            "rows": self.rows_changed / self.rows if self.rows else 0.0,
            "decisions": {name: count / self.rows if self.rows else 0.0 for name, count in self.by_decision.items()},
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """The worst trade that is accepted; None accepts any. `all_rows` says whether figures on all rows count beside
    those held out: on rows that it was trained on a model is better than it is."""

    auc_loss: float | None
    changed: float | None
    all_rows: bool = True


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows with the forest's inputs as columns, a label each, the fold (0, 1, ...) in which each is held out, and for
    each fold the forest that stands for the model there, trained without the fold's rows; empty where the model has
    not seen the rows, and so stands for itself."""

    views: Views
    labels: Labels
    folds: Places
    stand_ins: Sequence[Forest]

    def stand_in(self, fold: int, model: Forest) -> Forest:
        """What is before in a fold."""
        return self.stand_ins[fold] if self.stand_ins else model

    def before(self, model: Forest) -> tuple[Floats, Floats]:
        """The raw scores of the model on all rows, and of what stands for it in each fold on the fold's."""
        given = margins(model, self.views)[:, 0]
        held_out = np.empty(len(given))
        for fold in range(self.fold_count):
            rows = np.flatnonzero(self.folds == fold)
            held_out[rows] = margins(self.stand_in(fold, model), self.views, rows)[:, 0]
        return given, held_out

    @property
    def fold_count(self) -> int:
        """The number of folds."""
        return int(self.folds.max()) + 1


@dataclass(frozen=True, slots=True)
class Problem:
    """A model to make smaller: `code_bytes` gives the bytes of the whole artefact with a forest in its place, and
    `fits` whether that keeps to the budget. `before` is what `Sample.before` says of the forest."""

    forest: Forest
    before: tuple[Floats, Floats]
    meaning: Meaning
    sample: Sample
    code_bytes: Callable[[Forest], int]
    fits: Callable[[Forest], bool]
    changes: Changes | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class Figures:
    """A model before and after on the same rows. Held out means: after was made without the row, and before was
    trained without it where that could be had."""

    before: Quality
    after: Quality
    changed: ChangedShare | None

    @property
    def auc_loss(self) -> float:
        """How much smaller the AUC became; negative when it grew."""
        return self.before.auc - self.after.auc

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "auc_loss": self.auc_loss,
            "changed": None if self.changed is None else self.changed.to_json(),
        }


Part: TypeAlias = tuple[Places, Forest, Forest]
"""Numbers of rows, with the forests before and after on them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A smaller forest, with what was done to get it, its size and its quality.

    `given` is measured on all rows, which it has seen when it was trained by a `recipe`; `held_out` on
    `parts`, a fold each. Both count.
    """

    forest: Forest
    done: tuple[str, ...]
    recipe: Recipe | None
    code_bytes: int
    does_fit: bool
    given: Figures
    held_out: Figures
    parts: tuple[Part, ...] = ()

    def counted(self, limits: Limits) -> tuple[Figures, ...]:
        """The figures that count."""
        return (self.given, self.held_out) if limits.all_rows else (self.held_out,)

    def auc_loss(self, limits: Limits) -> float:
        """The worst of the losses of AUC that count."""
        return max(one.auc_loss for one in self.counted(limits))

    def changed(self, limits: Limits) -> float:
        """The worst of the shares of changed decisions that count; 0 where none was measured."""
        return max((one.changed.share for one in self.counted(limits) if one.changed is not None), default=0.0)

    def is_within(self, limits: Limits) -> bool:
        """Whether the trade is no worse than asked for."""
        return self.excess(limits) <= 0.0

    def excess(self, limits: Limits) -> float:
        """By how much the trade is worse than asked for, as a multiple of what was asked; at most 0 when it is not."""
        passed = [0.0]
        for found, allowed in (
            (self.auc_loss(limits), limits.auc_loss),
            (self.changed(limits), limits.changed),
        ):
            if allowed is not None and found > allowed:
                passed.append((found - allowed) / max(allowed, 1e-4))
        return sum(passed)

    @property
    def shape(self) -> dict[str, int]:
        """Numbers of trees and leaves."""
        return {"trees": len(self.forest.trees), "leaves": sum(len(tree.leaves) for tree in self.forest.trees)}
