"""The gate: what a visitor's signals, where he is, and the merchant's configuration allow. A pure function.

Default deny, and the most restrictive signal wins. Each signal states for each purpose: denied, granted, unknown (it
was there, and could not be used), or nothing at all. One denial denies; else one grant grants. Where nothing decides,
the regime of the place does: opt-in denies; opt-out allows, but only where no signal was there that could not be used.
So a signal that is cut, aged or damaged never allows more than the whole one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypedDict

from .gpp import TCF_CANADA, TCF_EUROPE, US_PRIVACY, UsSection, read_gpp, read_us, read_us_privacy
from .groups import read_groups
from .places import Place, find_place
from .receipts import Receipt
from .tcf import CANADA, EUROPE, Layout, read_tc
from .tcf_rules import TcfRule, state_tc

_LONGEST_HEADER = 4096
_LAST_US = 27


class State(StrEnum):
    """How a purpose ends."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Statement(NamedTuple):
    """What one signal says of one purpose, and by what."""

    state: State
    basis: str


class PurposeRule(TypedDict):
    """What a purpose needs: all of the TCF's purposes, all of the cookie groups; an empty list: that kind is silent."""

    name: str
    tcf: list[int]
    groups: list[str]


class Configuration(TypedDict):
    """The gate's tables: the merchant's policy and the places."""

    purposes: list[PurposeRule]
    needs_publisher_segment: bool
    places: dict[str, Place]


class Signals(NamedTuple):
    """What came with a request; None for what was absent. An empty text was there, and is unreadable.

    `stopped` is `erased` or `killed` where personalisation has ended for the visitor or for all; `gpc` is the header
    `sec-gpc`, several joined by commas; `receipt` has been read and verified.
    """

    stopped: str | None = None
    country: str | None = None
    region: str | None = None
    gpc: str | None = None
    gpp: str | None = None
    tcf: str | None = None
    receipt: Receipt | None = None
    groups: str | None = None


class Ruling(NamedTuple):
    """How one purpose ends: its state, whether features that need it are readable, and by what."""

    purpose: str
    state: State
    allowed: bool
    basis: str


class Outcome(NamedTuple):
    """The gate's outcome: the place whose rule held, its regime, and every purpose in the configuration's order."""

    place: str
    regime: str
    rulings: tuple[Ruling, ...]

    @property
    def denied(self) -> tuple[str, ...]:
        """The purposes that are not allowed."""
        return tuple(ruling.purpose for ruling in self.rulings if not ruling.allowed)


def decide_consent(configuration: Configuration, signals: Signals, at: int) -> Outcome:
    """The outcome at `at` (ms UTC); nothing is raised, whatever the signals hold."""
    name, place = find_place(configuration["places"], signals.country, signals.region, at)
    common = _stopped(signals) + _gpc(signals) + _gpp(signals, place)
    strings = [] if any(found.state is State.DENIED for found in common) else _tc_strings(signals, place)
    groups = None if signals.groups is None else read_groups(signals.groups)
    rulings = []
    for purpose in configuration["purposes"]:
        found = list(common)
        for text, layout in strings:
            rule = TcfRule(purpose["tcf"], configuration["needs_publisher_segment"], layout)
            stated = state_tc(read_tc(text, layout), rule, at)
            found += [] if stated is None else [Statement(State(stated[0]), stated[1])]
        found += _receipt(signals.receipt, purpose["name"])
        if signals.groups is not None and purpose["groups"]:
            found.append(_groups(groups, purpose["groups"]))
        rulings.append(_rule(purpose["name"], found, place["regime"]))
    return Outcome(name, place["regime"], tuple(rulings))


def is_opted_out(header: str) -> bool:
    """Whether a header `sec-gpc`, several joined by commas, opts out: any of them is exactly `1`."""
    return any(value.strip(" \t") == "1" for value in header[:_LONGEST_HEADER].split(","))


def _rule(purpose: str, found: list[Statement], regime: str) -> Ruling:
    for state in (State.DENIED, State.GRANTED):
        for statement in found:
            if statement.state is state:
                return Ruling(purpose, state, state is State.GRANTED, statement.basis)
    if found:
        return Ruling(purpose, State.UNKNOWN, allowed=False, basis=found[0].basis)
    return Ruling(purpose, State.UNKNOWN, regime == "opt_out", regime.replace("_", "-"))


def _stopped(signals: Signals) -> list[Statement]:
    return [] if signals.stopped is None else [Statement(State.DENIED, signals.stopped)]


def _gpc(signals: Signals) -> list[Statement]:
    is_out = signals.gpc is not None and is_opted_out(signals.gpc)
    return [Statement(State.DENIED, "gpc")] if is_out else []


def _gpp(signals: Signals, place: Place) -> list[Statement]:
    if signals.gpp is None:
        return []
    sections = read_gpp(signals.gpp)
    if sections is None:
        return [Statement(State.DENIED, "gpp-unreadable")]
    found = []
    for number in _chosen(sections, place):
        if US_PRIVACY <= number <= _LAST_US:
            text = sections[number]
            section = read_us_privacy(text) if number == US_PRIVACY else read_us(number, text)
            found += _us(section, place["regime"])
    return found


def _us(section: UsSection | None, regime: str) -> list[Statement]:
    """1 opts out, and so does 3, which has no meaning; any known child denies."""
    if section is None:
        return [Statement(State.DENIED, "gpp-unreadable")]
    if section.gpc:
        return [Statement(State.DENIED, "gpp-gpc")]
    if any(field in (1, 3) for field in section.opt_outs):
        return [Statement(State.DENIED, "gpp-opt-out")]
    if any(section.children):
        return [Statement(State.DENIED, "gpp-child")]
    if regime == "opt_out" and 2 in section.opt_outs:
        return [Statement(State.GRANTED, "gpp")]
    return []


def _tc_strings(signals: Signals, place: Place) -> list[tuple[str, Layout]]:
    """The TC strings that count: the cookie's everywhere, the GPP's where the place has its section."""
    found = [] if signals.tcf is None else [(signals.tcf, EUROPE)]
    sections = None if signals.gpp is None else read_gpp(signals.gpp)
    if sections is not None:
        chosen = _chosen(sections, place)
        found += [(sections[number], EUROPE) for number in chosen if number == TCF_EUROPE]
        found += [(sections[number], CANADA) for number in chosen if number == TCF_CANADA]
    return found


def _chosen(sections: dict[int, str], place: Place) -> list[int]:
    first = (next((number for number in one if number in sections), None) for one in place["sections"])
    return [number for number in first if number is not None]


def _receipt(receipt: Receipt | None, purpose: str) -> list[Statement]:
    if receipt is None:
        return []
    if receipt.refused is not None:
        return [Statement(State.UNKNOWN, f"receipt-{receipt.refused}")]
    if purpose in receipt.granted:
        return [Statement(State.GRANTED, "receipt")]
    return [Statement(State.DENIED, "receipt-without")]


def _groups(groups: dict[str, bool] | None, needed: list[str]) -> Statement:
    """All groups must be agreed to; one that is not in the list leaves the purpose unknown."""
    if groups is None:
        return Statement(State.DENIED, "groups-unreadable")
    if any(groups.get(name) is False for name in needed):
        return Statement(State.DENIED, "groups-denied")
    if any(name not in groups for name in needed):
        return Statement(State.UNKNOWN, "groups-missing")
    return Statement(State.GRANTED, "groups")
