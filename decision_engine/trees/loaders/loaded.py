"""What a loader makes of a trainer's file: the canonical forest, and how its raw scores are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from decision_engine.trees.forest import Forest

Level: TypeAlias = str | int | float | bool
"""A level of a category column, as the trainer's file gives it."""


class Link(StrEnum):
    """How raw scores x, each divided by the model's divisor, become predictions."""

    IDENTITY = "identity"
    """x."""
    SIGNED_SQUARE = "signed_square"
    """sign(x) * x * x: a regression trained on square roots."""
    EXPONENTIAL = "exponential"
    """exp(x)."""
    LOGISTIC = "logistic"
    """1 / (1 + exp(-sigmoid * x)), for each output."""
    PROBABILITY = "probability"
    """x is the probability itself: forests that average the shares of classes in their leaves."""
    SOFTMAX = "softmax"
    """exp(x) over the sum of exp(x) of all outputs."""
    SOFTPLUS = "softplus"
    """log(1 + exp(x))."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A loaded model.

    `trainer` is the library's name, `objective` its own name for the task, or `custom`. `sigmoid` is the factor of the
    logistic link. `divisor` is what a raw score is divided by before the link: the number of trees where the trainer
    averages, else 1. `levels` holds, for each input, the levels of a category column in the order of their codes where
    the file tells them, else None.
    """

    forest: Forest
    trainer: str
    objective: str
    link: Link
    sigmoid: float = 1.0
    divisor: int = 1
    levels: tuple[tuple[Level, ...] | None, ...] = ()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the inputs, in order."""
        return self.forest.inputs

    @property
    def num_class(self) -> int:
        """The number of raw scores."""
        return self.forest.outputs
