"""Thresholds of calibrated models are taken to the score that reaches them, and no other."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from decision_engine.calibration import Isotonic, Platt
from decision_engine.models import Calibration, Model, Output, margin_threshold, output_value
from decision_engine.trees import Forest, Link

probabilities = st.floats(0.001, 0.999) | st.integers(1, 99).map(lambda percent: percent / 100)


def model(
    curve: Platt | Isotonic | None,
    *,
    of_probability: bool = False,
    link: Link = Link.LOGISTIC,
    sigmoid: float = 1.0,
    divisor: int = 1,
) -> Model:
    """A model without trees, calibrated or not."""
    calibration = None if curve is None else Calibration(curve, of_probability)
    forest = Forest("m", (), (), ())
    return Model("m", forest, (), Output.PROBABILITY, ("no", "yes"), link, sigmoid, divisor, calibration)


@st.composite
def isotonics(draw: st.DrawFn) -> Isotonic:
    """Curves of some points, with flat stretches."""
    x = sorted(draw(st.sets(st.floats(-8, 8, allow_subnormal=False), min_size=2, max_size=7)))
    heights = draw(st.lists(st.integers(0, 20), min_size=len(x), max_size=len(x)))
    return Isotonic(tuple(x), tuple(height / 20 for height in sorted(heights)))


def exact(curve: Isotonic, x: float) -> Fraction:
    """The height at x: scores are doubles, heights the decimals that write them."""
    heights = [Fraction(repr(height)) for height in curve.y]
    if x <= curve.x[0]:
        return heights[0]
    for i in range(1, len(heights)):
        if x <= curve.x[i]:
            start, stop = Fraction(curve.x[i - 1]), Fraction(curve.x[i])
            return heights[i - 1] + (Fraction(x) - start) / (stop - start) * (heights[i] - heights[i - 1])
    return heights[-1]


@given(isotonics(), probabilities)
def test_a_polyline_s_threshold_is_the_first_score_that_reaches_it(curve: Isotonic, p: float) -> None:
    p = draw_near(curve, p)
    bound, wanted = margin_threshold(model(curve), p), Fraction(repr(p))
    if math.isinf(bound):
        assert exact(curve, 1e9 if bound > 0 else -1e9) < wanted if bound > 0 else wanted <= exact(curve, -1e9)
    else:
        assert exact(curve, bound) >= wanted > exact(curve, math.nextafter(bound, -math.inf))


@given(isotonics(), probabilities)
def test_of_the_first_class_it_is_the_last_score_that_leaves_it(curve: Isotonic, p: float) -> None:
    p = draw_near(curve, p)
    bound, wanted = -margin_threshold(model(curve), p, opposite=True), 1 - Fraction(repr(p))
    if math.isinf(bound):
        assert exact(curve, 1e9) <= wanted if bound > 0 else exact(curve, -1e9) > wanted
    else:
        assert exact(curve, bound) <= wanted < exact(curve, math.nextafter(bound, math.inf))


def draw_near(curve: Isotonic, p: float) -> float:
    """One of the curve's own heights for every other p: there the flat stretches end."""
    heights = [height for height in curve.y if 0 < height < 1]
    return heights[int(p * 1e6) % len(heights)] if heights and int(p * 1e6) % 2 else p


@given(st.floats(-20, -0.01), st.floats(-5, 5), probabilities)
def test_a_sigmoid_s_threshold_is_the_score_at_its_height(a: float, b: float, p: float) -> None:
    bound = margin_threshold(model(Platt(a, b)), p)
    with localcontext() as context:
        context.prec = 50
        at = Decimal(repr(p))
        score = ((1 / at - 1).ln() - Decimal(b)) / Decimal(a)
        assert bound == float(score)
    assert -margin_threshold(model(Platt(a, b)), p, opposite=True) == pytest.approx(
        margin_threshold(model(Platt(a, b)), 1 - p), rel=1e-9, abs=1e-9
    )


@given(probabilities, st.sampled_from([1.0, 0.7, 2.5]))
def test_the_trainer_s_own_sigmoid_as_calibration_changes_nothing(p: float, sigmoid: float) -> None:
    plain, same = model(None, sigmoid=sigmoid), model(Platt(-sigmoid, 0.0), sigmoid=sigmoid)
    assert margin_threshold(same, p) == margin_threshold(plain, p)
    assert margin_threshold(same, p, True) == margin_threshold(plain, p, True)
    assert output_value(same, 0.3) == output_value(plain, 0.3)


@given(isotonics(), probabilities, st.sampled_from([Link.LOGISTIC, Link.PROBABILITY]), st.booleans())
def test_a_curve_over_probabilities_is_taken_on_to_margins(
    curve: Isotonic, p: float, link: Link, opposite: bool
) -> None:
    curve = Isotonic(tuple((x + 9) / 18 for x in curve.x), curve.y)
    assume(all(low < high for low, high in zip(curve.x, curve.x[1:], strict=False)))
    one = model(curve, of_probability=True, link=link, sigmoid=0.7, divisor=10)
    bound = margin_threshold(one, p, opposite)
    for offset in (-0.01, 0.01):
        margin = (-bound if opposite else bound) + offset
        if not math.isfinite(margin):
            continue
        share = margin / 10 if link is Link.PROBABILITY else 1 / (1 + math.exp(-0.07 * margin))
        found = exact(curve, share)
        holds = 1 - found >= Fraction(repr(p)) if opposite else found >= Fraction(repr(p))
        is_near = abs(float(found) - (1 - p if opposite else p)) < 1e-9
        assert holds == ((offset > 0) != opposite) or is_near


@pytest.mark.parametrize("curve", [Platt(-2.0, 0.5), Isotonic((-1.0, 0.0, 1.0), (0.1, 0.4, 0.9))])
def test_the_far_ends(curve: Platt | Isotonic) -> None:
    one = model(curve)
    assert margin_threshold(one, 0.0) == margin_threshold(one, 0.0, True) == -math.inf
    assert margin_threshold(one, 1.0) == margin_threshold(one, 1.0, True) == math.inf


def test_a_curve_that_ends_at_one_reaches_it() -> None:
    one = model(Isotonic((-1.0, 2.0), (0.0, 1.0)))
    assert margin_threshold(one, 1.0) == 2.0
    assert margin_threshold(one, 1.0, True) == 1.0


def test_a_threshold_beyond_the_largest_number_is_infinite() -> None:
    assert margin_threshold(model(Platt(-5e-324, 0.0)), 0.9) == math.inf
    assert margin_threshold(model(Platt(-5e-324, 0.0)), 0.1) == -math.inf


def test_values_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal(size=400)
    labels = (rng.random(400) < 1 / (1 + np.exp(-2 * scores))).astype(float)
    fitted = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
    curve = Isotonic(tuple(fitted.X_thresholds_.tolist()), tuple(fitted.y_thresholds_.tolist()))
    wanted = np.linspace(-4, 4, 501)
    found = [output_value(model(curve), x) for x in wanted.tolist()]
    np.testing.assert_allclose(found, fitted.predict(wanted), rtol=0, atol=1e-12)
    assert [1 - output_value(model(curve), -x, opposite=True) for x in wanted.tolist()] == pytest.approx(found)
