"""Finds out whether the leaves of a forest are whole multiples of one number, exactly as doubles."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

_MOST_STEPS = 1 << 20
"""More different multiples than these would not be written shorter."""
_NEAR = 4  # how many doubles on each side of a candidate are tried


@dataclass(frozen=True, slots=True)
class Steps:
    """Each leaf is the double `k * scale` for a whole k from `lowest` to `highest`; the product is rounded once."""

    scale: float
    lowest: int
    highest: int

    def multiple(self, leaf: float) -> int:
        """The k of a leaf."""
        return round(leaf / self.scale)


def find_steps(leaves: Collection[float]) -> Steps | None:
    """The largest scale that all `leaves` are multiples of, or None. Negative zero is a multiple of no scale."""
    distinct = sorted({abs(leaf) for leaf in leaves if leaf != 0.0})
    if any(leaf == 0.0 and math.copysign(1.0, leaf) < 0 for leaf in leaves) or not math.isfinite(sum(distinct)):
        return None
    if not distinct:
        return Steps(1.0, 0, 0)
    divisor = _common_divisor(distinct)
    if not divisor or distinct[-1] / divisor > _MOST_STEPS:
        return None
    for scale in _candidates(distinct, divisor):
        steps = Steps(scale, 0, 0)
        if all(steps.multiple(leaf) * scale == leaf for leaf in distinct):
            multiples = [steps.multiple(leaf) for leaf in leaves]
            return Steps(scale, min(multiples), max(multiples))
    return None


def _common_divisor(distinct: list[float]) -> float:
    """Euclid's algorithm on doubles, where a rest far below the largest leaf is rounding."""
    noise = distinct[-1] * 1e-9
    divisor = 0.0
    for leaf in distinct:
        a, b = leaf, divisor
        while b > noise:
            a, b = b, abs(math.remainder(a, b))
        divisor = a
    return divisor


def _candidates(distinct: list[float], divisor: float) -> list[float]:
    """Doubles near the true scale: the short decimal first, since it is written in few bytes."""
    largest = distinct[-1]
    centre = largest / round(largest / divisor)
    near = [centre]
    up = down = centre
    for _ in range(_NEAR):
        up, down = math.nextafter(up, math.inf), math.nextafter(down, 0.0)
        near += [up, down]
    return [float(f"{centre:.{digits}g}") for digits in range(1, 16)] + near
