"""How sure a share is that was counted in a sample."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution: 95 % lie within it, either way."""


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `rows` (at least one), with the 95 % interval of Wilson's score.

    (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), E. B. Wilson, Probable inference, the law of succession, and
    statistical inference, Journal of the American Statistical Association 22 (1927), 209-212. It stays within 0 and 1,
    and is sound for few rows and rare cohorts, where the usual normal interval is not (L. D. Brown, T. T. Cai,
    A. DasGupta, Interval estimation for a binomial proportion, Statistical Science 16 (2001), 101-133).
    """

    count: int
    rows: int

    @property
    def share(self) -> float:
        """The share in the sample."""
        return self.count / self.rows

    @property
    def interval(self) -> tuple[float, float]:
        """The lower and the upper end."""
        p, n, square = self.share, self.rows, Z_95 * Z_95
        middle = p + square / (2 * n)
        half = Z_95 * sqrt(p * (1 - p) / n + square / (4 * n * n))
        low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
        return (0.0 if self.count == 0 else low), (1.0 if self.count == n else high)
