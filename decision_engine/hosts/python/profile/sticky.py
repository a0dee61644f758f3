"""Sticky assignments: the variations that a visitor keeps, whatever becomes of the traffic. The content is

    [EXPERIMENT, VARIATION, EXPERIMENT, VARIATION, ...]

A cookie that does not count assigns nothing: then the visitor is assigned by hash, as everybody is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..tables import Decision, Tables

MOST = 64

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def read_assignments(content: object) -> Mapping[str, str] | None:
    """The variations by experiment that the content of an envelope has; None for any other form."""
    if not isinstance(content, list) or len(content) % 2 == 1 or len(content) > 2 * MOST:
        return None
    if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in content):
        return None
    variations = dict(zip(content[::2], content[1::2], strict=True))
    return variations if len(variations) * 2 == len(content) else None


class _Arm(NamedTuple):
    """A leaf of an experiment, and the leaves that its rule shows other variations by; None where two show one."""

    experiment: str
    others: Mapping[str, int | None]


class Sticking:
    """Keeps variations. Only a unit that is enrolled keeps one: its variation gives way to the one that is kept.

    A variation that the program no longer shows gives way to the hash.
    """

    def __init__(self, tables: Tables) -> None:
        self._decisions = tables["decisions"]
        self._arms: dict[int, Mapping[int, _Arm]] = {}

    def stick(self, codes: Sequence[int], chosen: Iterable[int], variations: Mapping[str, str]) -> list[int]:
        """The codes with the kept variations of the chosen decisions."""
        stuck = list(codes)
        for number in chosen:
            arm = self._arms_of(number).get(codes[number])
            kept = None if arm is None else variations.get(arm.experiment)
            code = None if arm is None or kept is None else arm.others.get(kept)
            if code is not None:
                stuck[number] = code
        return stuck

    def _arms_of(self, number: int) -> Mapping[int, _Arm]:
        if number not in self._arms:
            self._arms[number] = _arms(self._decisions[number])
        return self._arms[number]


def _arms(decision: Decision) -> Mapping[int, _Arm]:
    groups: dict[tuple[object, ...], dict[str, int | None]] = {}
    arms = {}
    for code, leaf in enumerate(decision["leaves"]):
        told = json.loads("{" + leaf["tail"])
        experiment, variation = told["experiment"], told["variation"]
        if experiment is None or variation is None or leaf["payload"] is None:
            continue
        others = groups.setdefault((told["rule"], experiment, leaf.get("ask")), {})
        others[variation] = None if variation in others else code
        arms[code] = _Arm(experiment, others)
    return arms
