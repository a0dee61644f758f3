"""The one exponential that every target ships, so that logistic scores agree in their last bit everywhere.

The platforms' own `exp` functions differ from each other by a bit. This one uses nothing but IEEE-754 double additions,
subtractions, multiplications, divisions and `floor`, each rounded to nearest even, in the order written here; any
language that has doubles and does not fuse or reorder operations gives the same result. The method is the one of
fdlibm's `e_exp.c` (Sun Microsystems, 1993): reduction after Cody and Waite, then Remez's rational approximation. The
error stays below 1 ulp.

    k = floor(x * INVERSE_LN2 + 0.5)
    high = x - k * LN2_HIGH                    # exact: LN2_HIGH ends in 32 zero bits
    low = k * LN2_LOW
    r = high - low                             # |r| <= ln(2) / 2, and a hair
    t = r * r
    c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
    y = 1.0 - ((low - r * c / (2.0 - c)) - high)
    h = floor(k * 0.5)
    exp(x) = (y * 2^h) * 2^(k - h)             # both powers are normal numbers, and only the last product rounds

The limits come first: NaN gives NaN, x > OVERFLOW gives infinity, x < UNDERFLOW gives 0.0.
`r * c / (2.0 - c)` is (r * c) / (2.0 - c). Emitters for other targets import the constants below and keep the order
above.
"""

from __future__ import annotations

import math

OVERFLOW = 709.782712893384
"""Above it exp is infinity."""
UNDERFLOW = -745.1332191019411
"""Below it exp is 0.0."""
INVERSE_LN2 = 1.4426950408889634
LN2_HIGH = 0.6931471803691238
LN2_LOW = 1.9082149292705877e-10
COEFFICIENTS = (
    0.16666666666666602,
    -0.0027777777777015593,
    6.613756321437934e-05,
    -1.6533902205465252e-06,
    4.1381367970572385e-08,
)
"""P1 to P5."""


def exp(x: float) -> float:
    """e to the power x, as every target computes it; infinity above `OVERFLOW`, 0.0 below `UNDERFLOW`, NaN for NaN."""
    if math.isnan(x):
        return x
    if x > OVERFLOW:
        return math.inf
    if x < UNDERFLOW:
        return 0.0
    p1, p2, p3, p4, p5 = COEFFICIENTS
    k = float(math.floor(x * INVERSE_LN2 + 0.5))
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (p1 + t * (p2 + t * (p3 + t * (p4 + t * p5))))
    y = 1.0 - ((low - r * c / (2.0 - c)) - high)
    h = math.floor(k * 0.5)
    return (y * math.ldexp(1.0, h)) * math.ldexp(1.0, int(k) - h)


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), in that order; 0.0 and 1.0 at the far ends, NaN for NaN."""
    return 1.0 / (1.0 + exp(-x))
