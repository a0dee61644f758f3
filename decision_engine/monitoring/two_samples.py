"""Whether two histograms tell the same story: the stability index, two tests, and what many tests at once ask for.

Population stability index. With shares p of the baseline and q of the window, sum of (q - p) * ln(q / p): Jeffreys'
divergence (H. Jeffreys, An invariant form for the prior probability, 1946), known by this name since E. Lewis, An
Introduction to Credit Scoring (1994), with the rule of thumb 0.1 and 0.25. Without any change it is about
chi-square(groups - 1) * (1/n + 1/m) (B. Yurdakul and J. Naranjo, Statistical properties of the population stability
index, Journal of Risk Model Validation 14(4), 2020): `psi_by_chance` is a quantile of that.

Two-sample tests. Kolmogorov and Smirnov's for numbers, on the histograms' bins: the distance seen there is at most the
true one, so the test errs on the side of no alarm, as it does with ties (W. Conover, Practical Nonparametric
Statistics, 1971). Pearson's chi-square for categories, rare ones pooled until each is expected five times (W. Cochran,
Some methods for strengthening the common chi-square tests, 1954).

Many tests. p-values are adjusted by Holm's step-down method (S. Holm, A simple sequentially rejective multiple test
procedure, 1979): the chance of any false alarm among all inputs of a model stays below alpha.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

GROUPS = 10
"""Groups of about equal weight in the baseline that a histogram of numbers is joined to."""

RARE = 0.01
"""Labels with a smaller share than this in both histograms are one group."""

_LEAST_EXPECTED = 5.0
_HALF = 0.5  # an empty group counts as half a session: a logarithm needs a share above 0


@dataclass(frozen=True, slots=True)
class Tested:
    """The outcome of a two-sample test. `effect` lies in 0..1: the distance D, or Cramer's V."""

    test: str
    statistic: float
    effect: float
    p: float


def stability_index(baseline: Sequence[int], window: Sequence[int]) -> float:
    """The population stability index of two lists of counts of the same groups; 0 for equal shares, never negative.

    A group that is empty in one of them counts as half a session there.
    """
    n, m = sum(baseline), sum(window)
    assert n > 0 and m > 0, "shares need sessions"  # one fact: both have sessions
    total = 0.0
    for a, b in zip(baseline, window, strict=True):
        if a == b == 0:
            continue
        p, q = (a or _HALF) / n, (b or _HALF) / m
        total += (q - p) * log(q / p)
    return total


def psi_by_chance(groups: int, n: int, m: int, quantile: float = 0.99) -> float:
    """What the stability index of two samples of the same population stays below, with this probability."""
    if groups < 2:
        return 0.0
    from scipy.stats import chi2

    return float(chi2.ppf(quantile, groups - 1)) * (1 / n + 1 / m)


def number_groups(baseline: Mapping[int, int], window: Mapping[int, int]) -> list[tuple[int, int]]:
    """(baseline, window) counts of neighbouring bins joined to at most GROUPS groups of about equal baseline weight.

    What lies outside of the baseline's range joins the first or the last group.
    """
    total = sum(baseline.values())
    places = sorted({*baseline, *window})
    groups: list[list[int]] = [[0, 0]]
    seen = 0
    for place in places:
        current = groups[-1]
        # A group is full once the baseline up to here has passed its share; a bin is never divided.
        if current[0] and baseline.get(place, 0) and seen * GROUPS >= len(groups) * total:
            current = [0, 0]
            groups.append(current)
        current[0] += baseline.get(place, 0)
        current[1] += window.get(place, 0)
        seen += baseline.get(place, 0)
    return [(a, b) for a, b in groups]


def label_groups(baseline: Mapping[str, int], window: Mapping[str, int]) -> list[tuple[int, int]]:
    """(baseline, window) counts of labels; those that are rare in both are one group."""
    n, m = sum(baseline.values()), sum(window.values())
    groups, rare = [], [0, 0]
    for label in sorted({*baseline, *window}):
        a, b = baseline.get(label, 0), window.get(label, 0)
        if a < RARE * n and b < RARE * m:
            rare[0] += a
            rare[1] += b
        else:
            groups.append((a, b))
    return [*groups, (rare[0], rare[1])] if any(rare) else groups


def kolmogorov_smirnov(baseline: Mapping[int, int], window: Mapping[int, int]) -> Tested:
    """The two-sample test of Kolmogorov and Smirnov on histograms of the same bins, both with something in them."""
    from scipy.stats import kstwo

    n, m = sum(baseline.values()), sum(window.values())
    seen_a = seen_b = 0
    distance = 0.0
    for place in sorted({*baseline, *window}):
        seen_a += baseline.get(place, 0)
        seen_b += window.get(place, 0)
        distance = max(distance, abs(seen_a / n - seen_b / m))
    size = max(1, round(n * m / (n + m)))
    return Tested("kolmogorov-smirnov", distance, distance, min(1.0, float(kstwo.sf(distance, size))))


def chi_square(baseline: Mapping[str, int], window: Mapping[str, int]) -> Tested:
    """Pearson's test that labels are as frequent in both, both with something in them; rare labels are pooled."""
    from scipy.stats import chi2

    n, m = sum(baseline.values()), sum(window.values())
    groups = _pooled(baseline, window, _LEAST_EXPECTED * (n + m) / min(n, m))
    statistic = 0.0
    for a, b in groups:
        expected_a, expected_b = (a + b) * n / (n + m), (a + b) * m / (n + m)
        statistic += (a - expected_a) ** 2 / expected_a + (b - expected_b) ** 2 / expected_b
    if len(groups) < 2:
        return Tested("chi-square", 0.0, 0.0, 1.0)
    return Tested("chi-square", statistic, sqrt(statistic / (n + m)), float(chi2.sf(statistic, len(groups) - 1)))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for their number, in their order: each may be compared with alpha."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def _pooled(baseline: Mapping[str, int], window: Mapping[str, int], least: float) -> list[tuple[int, int]]:
    """(baseline, window) counts of labels; those of fewer than `least` sessions in all are one group.

    While that group is too small itself, the next label joins it. The order is by frequency in both together and by
    name, never by the difference, which would favour an alarm.
    """
    counts = {label: (baseline.get(label, 0), window.get(label, 0)) for label in {*baseline, *window}}
    order = sorted((label for label in counts if sum(counts[label])), key=lambda label: (sum(counts[label]), label))
    pool_a = pool_b = 0
    taken = 0
    for label in order:
        if sum(counts[label]) >= least and not 0 < pool_a + pool_b < least:
            break
        pool_a, pool_b, taken = pool_a + counts[label][0], pool_b + counts[label][1], taken + 1
    rest = [counts[label] for label in order[taken:]]
    return [*rest, (pool_a, pool_b)] if taken else rest
