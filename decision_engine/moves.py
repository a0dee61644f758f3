"""Which units move when an experiment or a share changes: exact, from the half-open ranges of the buckets.

A unit's buckets under different salts are independent and uniform (bucketing.py), so that a share of units is a product
of widths of ranges: under a salt that stays, of what two ranges have in common; under another salt, of both. Cohorts,
schedules and rules, which look at visitors and not at buckets, are left aside: of those they let in, it is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from decision_engine.bucketing import bound, weight_bounds
from feature_registry import Experiment, Registry
from feature_registry.bucketings import FLAGD_LEGACY
from feature_registry.compatibility import Changes, Key
from feature_registry.conditions import Condition, Share, default_salt, walk

_ALL = 2**32

Salt: TypeAlias = tuple[str, ...]
"""What a bucket is drawn by: the unit, then what is hashed beside its id. Equal salts give equal buckets."""

Range: TypeAlias = tuple[Fraction, Fraction]
"""low <= bucket < high, as parts of all buckets."""

Part: TypeAlias = tuple[Range, ...]
"""What a variation takes: ranges that do not overlap."""

_EVERY: Range = (Fraction(0), Fraction(1))


@dataclass(frozen=True, slots=True)
class Move:
    """Units that go from one variation to another; None stands for not being enrolled.

    `share` is of all units, `of_enrolled` of those that were in the experiment (of all units when they were not in it).
    """

    origin: str | None
    target: str | None
    share: Fraction
    of_enrolled: Fraction


@dataclass(frozen=True, slots=True)
class ExperimentMoves:
    """What the units of an experiment do; `before` and `after` are the shares of all units that are enrolled."""

    experiment: str
    unit: str
    before: Fraction
    after: Fraction
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class ShareMoves:
    """What the units of a `share` in the condition of an object do: the parts of all units that enter and leave."""

    key: Key
    unit: str
    enter: Fraction
    leave: Fraction


def experiment_moves(old: Registry, new: Registry) -> tuple[ExperimentMoves, ...]:
    """The experiments of either registry whose units move, in the order of the new one; those removed come last."""
    found = []
    for name in dict.fromkeys((*new.experiments, *old.experiments)):
        was, now = _draw(old, name), _draw(new, name)
        if was != now:
            moves = tuple(_moves(was, now))
            if moves:
                unit = (new if name in new.experiments else old).experiments[name].unit
                found.append(ExperimentMoves(name, unit, was.enrolled, now.enrolled, moves))
    return tuple(found)


def share_moves(old: Registry, new: Registry, changes: Changes) -> tuple[ShareMoves, ...]:
    """The shares in conditions of changed objects whose units move."""
    return tuple(found for key in changes.changed for found in _share_moves(key, _shares(old, key), _shares(new, key)))


@dataclass(frozen=True, slots=True)
class _Draw:
    """How an experiment draws units: within all ranges of `gates`, and then by `parts` of the buckets of `salt`."""

    gates: Mapping[Salt, Range]
    salt: Salt
    parts: Mapping[str, Part]

    @property
    def enrolled(self) -> Fraction:
        """The share of all units that is enrolled."""
        return _product(_width(gate) for gate in self.gates.values()) * sum(map(_size, self.parts.values()))


_NOBODY = _Draw({}, (), {})


def _draw(registry: Registry, name: str) -> _Draw:
    experiment = registry.experiments.get(name)
    if experiment is None:
        return _NOBODY
    unit = experiment.unit
    gates: dict[Salt, Range] = {}
    if experiment.layer is not None:
        layer = registry.layers[experiment.layer]
        salt = layer.salt or experiment.layer
        gates[unit, f"holdout:{salt}"] = (_part(bound(layer.holdout)), Fraction(1))
        low, high = experiment.share
        gates[unit, f"layer:{salt}"] = (_part(bound(low)), _part(bound(high)))
    gates[unit, f"traffic:{experiment.salt or name}"] = (Fraction(0), _part(bound(experiment.traffic)))
    return _Draw({salt: gate for salt, gate in gates.items() if gate != _EVERY}, *_variations(experiment, name))


def _variations(experiment: Experiment, name: str) -> tuple[Salt, dict[str, Part]]:
    """The salt of the variations, and the part of the buckets that each one takes; those without any are left out."""
    parts: dict[str, Part] = {}
    named = experiment.named
    if named is not None and experiment.ranges is not None:
        # Places of another system are taken for evenly spread over their whole width.
        width = 100 if named.bucketing == FLAGD_LEGACY else 1
        taken: list[Range] = []
        for key in experiment.variations:  # the first one within whose range a place lies takes it
            part = _places(experiment.ranges[key], width)
            parts[key] = _without(part, taken)
            taken.append(part)
        salt: Salt = (experiment.unit, named.bucketing, named.before, named.after)
    else:
        bounds = weight_bounds(list(experiment.variations.values()))
        lows = (0, *bounds)
        parts = {
            key: ((_part(low), _part(high)),)
            for key, low, high in zip(experiment.variations, lows, bounds, strict=False)
        }
        salt = (experiment.unit, f"variation:{experiment.salt or name}")
    return salt, {key: part for key, part in parts.items() if _size(part)}


def _moves(was: _Draw, now: _Draw) -> Iterator[Move]:
    """Moves between variations, then out of the experiment, then into it."""
    both = _product(
        _common(was.gates.get(salt, _EVERY), now.gates.get(salt, _EVERY)) for salt in {*was.gates, *now.gates}
    )
    joint = {
        (origin, target): both * (_shared(left, right) if was.salt == now.salt else _size(left) * _size(right))
        for origin, left in was.parts.items()
        for target, right in now.parts.items()
    }
    for (origin, target), share in joint.items():
        if share and origin != target:
            yield Move(origin, target, share, share / was.enrolled)
    open_before, open_after = (_product(map(_width, one.gates.values())) for one in (was, now))
    for origin, left in was.parts.items():
        share = open_before * _size(left) - sum(joint[origin, target] for target in now.parts)
        if share:
            yield Move(origin, None, share, share / was.enrolled)
    for target, right in now.parts.items():
        share = open_after * _size(right) - sum(joint[origin, target] for origin in was.parts)
        if share:
            yield Move(None, target, share, share)


_Shares: TypeAlias = dict[Salt, Range]


def _shares(registry: Registry, key: Key) -> _Shares:
    """The shares in the conditions of an object; of several with one salt the last."""
    found: _Shares = {}
    for outer in _conditions(registry, key):
        for inner in walk(outer):
            if isinstance(inner, Share):
                if inner.named is not None:
                    seed = inner.named.seed
                    width = 100 if seed.bucketing == FLAGD_LEGACY else 1
                    salt: Salt = (inner.unit, seed.bucketing, seed.before, seed.after)
                    found[salt] = _places((inner.named.low, inner.named.high), width)
                else:
                    salt = (inner.unit, default_salt(*key) if inner.salt is None else inner.salt)
                    found[salt] = (Fraction(0), _part(bound(inner.fraction)))
    return found


def _conditions(registry: Registry, key: Key) -> Iterator[Condition]:
    kind, name = key
    if kind == "cohorts":
        yield registry.cohorts[name].condition
    elif kind == "payloads":
        condition = registry.payloads[name].condition
        if condition is not None:
            yield condition
    elif kind == "decisions":
        yield from (rule.condition for rule in registry.decisions[name].rules if rule.condition is not None)


def _share_moves(key: Key, olds: _Shares, news: _Shares) -> Iterator[ShareMoves]:
    for salt, right in news.items():
        left = olds.get(salt)
        if left is not None and left != right:
            common = _common(left, right)
            yield ShareMoves(key, salt[0], _width(right) - common, _width(left) - common)
    gone = [salt for salt in olds if salt not in news]
    come = [salt for salt in news if salt not in olds]
    for before, after in zip(gone, come, strict=False):
        was, now = _width(olds[before]), _width(news[after])
        if before[0] == after[0]:  # of one unit drawn anew; two units are two crowds
            yield ShareMoves(key, after[0], now * (1 - was), was * (1 - now))


def _product(widths: Iterator[Fraction] | map[Fraction]) -> Fraction:
    found = Fraction(1)
    for width in widths:
        found *= width
    return found


def _part(buckets: int) -> Fraction:
    return Fraction(buckets, _ALL)


def _places(places: tuple[float, float], width: int) -> Range:
    low, high = (min(max(Fraction(repr(float(place))) / width, Fraction(0)), Fraction(1)) for place in places)
    return low, max(low, high)


def _without(one: Range, taken: Sequence[Range]) -> Part:
    """What is left of a range when others are taken out."""
    left = [one]
    for low, high in taken:
        left = [side for start, end in left for side in ((start, min(end, low)), (max(start, high), end))]
    return tuple(side for side in left if _width(side))


def _size(part: Part) -> Fraction:
    return sum(map(_width, part), Fraction(0))


def _shared(one: Part, other: Part) -> Fraction:
    return sum((_common(left, right) for left in one for right in other), Fraction(0))


def _width(one: Range) -> Fraction:
    return max(one[1] - one[0], Fraction(0))


def _common(one: Range, other: Range) -> Fraction:
    return _width((max(one[0], other[0]), min(one[1], other[1])))
