"""The start of each sum: XGBoost's `base_score`, which the file gives on the scale of predictions, as a margin."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from decision_engine.trees.errors import ModelError
from decision_engine.trees.loaders.loaded import Link
from decision_engine.trees.loaders.xgboost._document import Section, damaged, found
from decision_engine.trees.loaders.xgboost._numbers import float32_of_text, log_float32
from decision_engine.trees.loaders.xgboost._ubjson import SAVE_AGAIN

LINKS: Mapping[str, Link] = {
    **dict.fromkeys(
        (
            *("reg:squarederror", "reg:linear", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror"),
            *("reg:quantileerror", "binary:hinge", "binary:logitraw", "rank:pairwise", "rank:ndcg", "rank:map"),
        ),
        Link.IDENTITY,
    ),
    **dict.fromkeys(("binary:logistic", "reg:logistic"), Link.LOGISTIC),
    **dict.fromkeys(("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft"), Link.EXPONENTIAL),
    **dict.fromkeys(("multi:softmax", "multi:softprob"), Link.SOFTMAX),
}
"""Objective -> how its raw scores become predictions."""

_LEAST = np.float32(1e-6)


def read_starts(parameters: Section, link: Link, outputs: int) -> tuple[float, ...]:
    """One margin for each output. `base_score` is one number or a list of them, in text: `5E-1`, `[3.04E-1]`."""
    text = parameters.text("base_score")
    words = text[1:-1].split(",") if text.startswith("[") and text.endswith("]") else [text]
    if len(words) not in (1, outputs):
        message = f"expected one number or {outputs} at `{parameters.at('base_score')}`, found {len(words)}"
        raise ModelError("wrong-count", message, help=SAVE_AGAIN)
    starts = [_margin(parameters, link, word.strip()) for word in words]
    return tuple(starts * outputs if len(starts) == 1 else starts)


def _margin(parameters: Section, link: Link, word: str) -> float:
    place = f"`{parameters.at('base_score')}`"
    try:
        score = float32_of_text(word) if word.isascii() and "_" not in word else math.nan
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise damaged(f"expected finite numbers at {place}, found {found(word)}")
    low, high, margin = _RANGES.get(link, (-math.inf, math.inf, float))
    if not low <= score <= high:
        raise damaged(f"expected a base score from {low} to {high} for this objective at {place}, found {found(word)}")
    start = margin(score)
    if not math.isfinite(start):
        message = f"expected a base score whose logarithm is finite at {place}, found {found(word)}"
        raise ModelError("not-finite", message, help="train with labels above 0, or with another `base_score`")
    return start


def _logit(score: float) -> float:
    """-log(1 / p - 1) in float32, p kept away from 0 and 1 as XGBoost keeps it."""
    one = np.float32(1.0)
    p = min(max(np.float32(score), _LEAST), one - _LEAST)
    return -log_float32(float(one / p - one))


def _log(score: float) -> float:
    return log_float32(score) if score > 0.0 else -math.inf


_RANGES: Mapping[Link, tuple[float, float, Callable[[float], float]]] = {
    Link.LOGISTIC: (0.0, 1.0, _logit),
    Link.EXPONENTIAL: (0.0, math.inf, _log),
}
