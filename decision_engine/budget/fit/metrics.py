"""How good scores are: ranking, log loss, calibration. Plain formulas over arrays."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from decision_engine.budget.fit.scoring import Floats

Labels = npt.NDArray[np.bool_]

BINS = 10
_LEAST = 1e-15  # a probability of exactly 0 or 1 has an infinite loss


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the rows, by prediction: their number, mean prediction, and share of true labels."""

    rows: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Area under the ROC curve; log loss in nats, expected calibration error and its bins where scores are
    probabilities."""

    auc: float
    log_loss: float | None
    calibration_error: float | None
    reliability: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON."""
        return asdict(self)


def quality(labels: Labels, scores: Floats, probabilities: Floats | None) -> Quality:
    """The quality of one score a row. Labels hold both classes."""
    if probabilities is None:
        return Quality(auc(labels, scores), None, None, ())
    bins = reliability(labels, probabilities)
    error = sum(one.rows * abs(one.predicted - one.observed) for one in bins) / len(labels)
    return Quality(auc(labels, scores), log_loss(labels, probabilities), error, bins)


def auc(labels: Labels, scores: Floats) -> float:
    """The chance that a true row scores above a false one, ties counting half (Mann and Whitney, 1947)."""
    true = int(labels.sum())
    ranks = float(rankdata(scores)[labels].sum())
    return (ranks - true * (true + 1) / 2) / (true * (len(labels) - true))


def log_loss(labels: Labels, probabilities: Floats) -> float:
    """The mean of -log of the probability that the label was given."""
    given = np.clip(np.where(labels, probabilities, 1.0 - probabilities), _LEAST, 1.0)
    return float(-np.log(given).mean())


def reliability(labels: Labels, probabilities: Floats) -> tuple[Bin, ...]:
    """Ten bins of equal numbers of rows, the lowest predictions first; ties stand in the order of the rows."""
    order = np.argsort(probabilities, kind="stable")
    return tuple(
        Bin(len(rows), float(probabilities[rows].mean()), float(labels[rows].mean()))
        for rows in np.array_split(order, BINS)
        if len(rows)
    )
