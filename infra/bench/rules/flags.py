"""Generates flags over cohorts with percentage rollouts, and visitors, in words that belong to no evaluator."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TypeAlias

FLAGS, COHORTS, VISITORS = 50, 20, 512
NUMBERS = ("page_views", "visits", "basket_value", "minutes_on_site", "days_since_order", "items_viewed")
CATEGORIES = {
    "country": ("DE", "AT", "CH", "FR", "NL", "IT", "PL", "ES"),
    "channel": ("search", "mail", "social", "direct", "affiliate"),
    "loyalty": ("none", "silver", "gold", "platinum"),
    "browser": ("chrome", "safari", "firefox", "edge"),
}
SWITCHES = ("is_member", "is_mobile")
LARGEST = 100
OFF = "off"

Value: TypeAlias = bool | int | str
Visitor: TypeAlias = dict[str, Value]
"""Values by feature, all of them present, and the id under `visitor_id`."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The number is at least the bound."""

    feature: str
    bound: int


@dataclass(frozen=True, slots=True)
class Below:
    """The number is less than the bound."""

    feature: str
    bound: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """The category is one of the values."""

    feature: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IsOn:
    """The switch has this position."""

    feature: str
    position: bool


Test: TypeAlias = AtLeast | Below | OneOf | IsOn


@dataclass(frozen=True, slots=True)
class Cohort:
    """Visitors for whom all tests hold, or any of them."""

    name: str
    is_any: bool
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """`on` for a percentage of the first cohort; else `beta` for the second one; else `off`."""

    name: str
    rollout: Cohort
    percent: int
    others: Cohort


@dataclass(frozen=True, slots=True)
class FlagSet:
    """The flags, and the cohorts that they name."""

    cohorts: tuple[Cohort, ...]
    flags: tuple[Flag, ...]


def make_flags(flags: int = FLAGS, cohorts: int = COHORTS, *, seed: int = 7, is_split: bool = True) -> FlagSet:
    """The same flags for the same seed. Without `is_split` each rollout has all of its cohort: no hash takes part."""
    random = Random(seed)
    named = tuple(_cohort(random, f"cohort_{index:02}") for index in range(cohorts))
    return FlagSet(named, tuple(_flag(random, f"flag_{index:02}", named, is_split) for index in range(flags)))


def make_visitors(count: int = VISITORS, *, seed: int = 11) -> list[Visitor]:
    """Visitors with ids of 36 characters."""
    random = Random(seed)
    return [_visitor(random) for _ in range(count)]


def _cohort(random: Random, name: str) -> Cohort:
    count = random.choice((2, 2, 3))
    names = random.sample((*NUMBERS, *CATEGORIES, *SWITCHES), count)
    return Cohort(name, random.random() < 0.3, tuple(_test(random, feature) for feature in names))


def _test(random: Random, feature: str) -> Test:
    if feature in CATEGORIES:
        values = CATEGORIES[feature]
        return OneOf(feature, tuple(sorted(random.sample(values, random.randint(1, len(values) - 1)))))
    if feature in SWITCHES:
        return IsOn(feature, random.random() < 0.5)
    return random.choice((AtLeast, Below))(feature, random.randint(10, 90))


def _flag(random: Random, name: str, cohorts: tuple[Cohort, ...], is_split: bool) -> Flag:
    rollout, others = random.sample(cohorts, 2)
    percent = random.randrange(10, 100, 10)
    return Flag(name, rollout, percent if is_split else 100, others)


def _visitor(random: Random) -> Visitor:
    digits = f"{random.getrandbits(128):032x}"
    visitor: Visitor = {"visitor_id": "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))}
    visitor |= {name: random.randrange(LARGEST) for name in NUMBERS}
    visitor |= {name: random.choice(values) for name, values in CATEGORIES.items()}
    return visitor | {name: random.random() < 0.5 for name in SWITCHES}
