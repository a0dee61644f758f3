"""Calibration: a curve from a model's score to a probability, compiled away where a threshold asks for it.

A curve never falls, so "the calibrated probability is at least p" says the same as "the score is at least s". s is
found once, at compile time, with exact or 60-digit arithmetic and one rounding; what runs at the edge compares scores.
Only an expression that needs the probability itself (`value`) evaluates the curve, in the order of operations written
here.

Both curves follow their sources: J. Platt, "Probabilistic Outputs for Support Vector Machines" (1999), where a rising
score has a negative `a`; and scikit-learn's IsotonicRegression with `out_of_bounds="clip"`.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TypeAlias

from decision_engine.exponential import logistic

_DIGITS = 60


@dataclass(frozen=True, slots=True)
class Platt:
    """1 / (1 + exp(a * x + b)), a < 0."""

    a: float
    b: float

    def value(self, x: float) -> float:
        """The probability at x: logistic(x * -a - b)."""
        return logistic(x * -self.a - self.b)

    def lowest(self, p: Fraction) -> Fraction:
        """The x at which the curve is p, which lies between 0 and 1."""
        with localcontext() as context:
            context.prec = _DIGITS
            odds = _decimal((1 - p) / p)
            return Fraction((odds.ln() - Decimal(self.b)) / Decimal(self.a))

    def highest(self, p: Fraction) -> Fraction:
        """The same x: the curve has no flat stretch."""
        return self.lowest(p)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """Straight lines between the points (x[i], y[i]); y[0] before the first, y[-1] after the last.

    x grows, y never falls. Each y counts as the shortest decimal that gives its double, as a threshold does; each x is
    the double itself, as a score is.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]

    @property
    def segments(self) -> tuple[tuple[float, float, float], ...]:
        """Start, width and slope of each line that rises."""
        widths = [(start, end - start) for start, end in zip(self.x, self.x[1:], strict=False)]
        rises = [high - low for low, high in zip(self.y, self.y[1:], strict=False)]
        return tuple((start, width, rise / width) for (start, width), rise in zip(widths, rises, strict=True) if rise)

    def value(self, x: float) -> float:
        """The probability at x: y[0] and, for each rising line from the left, min(max(x - start, 0), width) * slope."""
        total = self.y[0]
        for start, width, slope in self.segments:
            total = total + min(max(x - start, 0.0), width) * slope
        return total

    def lowest(self, p: Fraction) -> Fraction:
        """The smallest x at which the curve reaches p, which lies above y[0] and not above y[-1]."""
        return self._between(bisect_left(self._heights, p), p)

    def highest(self, p: Fraction) -> Fraction:
        """The largest x at which the curve has not passed p, which lies below y[-1] and not below y[0]."""
        return self._between(bisect_right(self._heights, p), p)

    def _between(self, end: int, p: Fraction) -> Fraction:
        """Where the line that ends at point `end` has the height p."""
        low, high = self._heights[end - 1], self._heights[end]
        start, stop = Fraction(self.x[end - 1]), Fraction(self.x[end])
        return start + (p - low) / (high - low) * (stop - start)

    @property
    def _heights(self) -> list[Fraction]:
        return [_fraction(height) for height in self.y]


Curve: TypeAlias = Platt | Isotonic


def lowest_score(curve: Curve, p: float) -> Fraction | float:
    """The smallest x at which the curve reaches p; an infinity when it does everywhere (-inf) or nowhere (inf)."""
    exact = _fraction(p)
    low, high = _range(curve)
    if exact <= low:
        return -math.inf
    if exact > high or (exact == high and isinstance(curve, Platt)):
        return math.inf
    return curve.lowest(exact)


def highest_score(curve: Curve, p: float) -> Fraction | float:
    """The largest x at which one minus the curve still reaches p; -inf when it does nowhere, inf when everywhere."""
    exact = 1 - _fraction(p)
    low, high = _range(curve)
    if exact >= high:
        return math.inf
    if exact < low or (exact == low and isinstance(curve, Platt)):
        return -math.inf
    return curve.highest(exact)


def logit(p: Fraction | float) -> Decimal:
    """log(p / (1 - p)) with 60 digits; infinite outside (0, 1)."""
    if not 0 < p < 1:
        return Decimal("-Infinity") if p <= 0 else Decimal("Infinity")
    with localcontext() as context:
        context.prec = _DIGITS
        exact = Fraction(p)
        return _decimal(exact / (1 - exact)).ln()


def nearest(x: Fraction | Decimal | float) -> float:
    """The double nearest to x; an infinity beyond the largest."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def rounded_up(x: Fraction | float) -> float:
    """The smallest double that is not below x."""
    near = nearest(x)
    return math.nextafter(near, math.inf) if near < x else near


def rounded_down(x: Fraction | float) -> float:
    """The largest double that is not above x."""
    near = nearest(x)
    return math.nextafter(near, -math.inf) if near > x else near


def _range(curve: Curve) -> tuple[Fraction, Fraction]:
    return (Fraction(0), Fraction(1)) if isinstance(curve, Platt) else (_fraction(curve.y[0]), _fraction(curve.y[-1]))


def _fraction(x: float) -> Fraction:
    """The shortest decimal that gives x, exactly."""
    return Fraction(repr(x))


def _decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)
