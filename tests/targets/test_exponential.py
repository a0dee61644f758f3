"""The shared exponential against exact decimals, and its ends."""

import math
from decimal import Decimal, localcontext
from random import Random

import pytest

from decision_engine.exponential import OVERFLOW, UNDERFLOW, exp, logistic


def test_the_error_stays_below_one_ulp() -> None:
    random = Random(20261121)
    xs = [random.uniform(-744.0, OVERFLOW) for _ in range(2000)] + [random.gauss(0.0, 3.0) for _ in range(2000)]
    with localcontext(prec=50):
        errors = [abs(Decimal(exp(x)) - Decimal(x).exp()) / Decimal(math.ulp(exp(x))) for x in xs]
    assert max(errors) < 1


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (0.0, 1.0),
        (-0.0, 1.0),
        (1.0, 2.7182818284590455),  # one ulp above math.e, as in fdlibm
        (OVERFLOW, 1.7976931348622732e308),
        (math.nextafter(OVERFLOW, math.inf), math.inf),
        (UNDERFLOW, 5e-324),
        (math.nextafter(UNDERFLOW, -math.inf), 0.0),
        (math.inf, math.inf),
        (-math.inf, 0.0),
    ],
)
def test_special_values(x: float, expected: float) -> None:
    assert exp(x) == expected


def test_the_logistic_function_saturates() -> None:
    assert [logistic(x) for x in (-800.0, -math.inf, 0.0, 800.0, math.inf)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert math.isnan(logistic(math.nan))
    assert math.isnan(exp(math.nan))
