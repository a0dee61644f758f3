"""Reads TC strings of the IAB's Transparency and Consent Framework: version 2 of Europe, version 1 of Canada.

Source: IAB Tech Lab, "Transparency and Consent String with Global Vendor & CMP List Formats", version 2.3, and "GPP
Extension: IAB TCF Canada". A string is walked to its end, so that a cut or shifted one is found; of what it holds only
the fields of `TcString` are kept. Lists of vendors are passed over: nobody here is a vendor.
"""

from __future__ import annotations

from typing import NamedTuple

from .bits import Bits, is_readable, read_bits

PURPOSES = 24
"""How many purposes a string has room for; purpose p is bit `PURPOSES - p` of a mask."""

_DISCLOSED, _ALLOWED, _PUBLISHER = 1, 2, 3
_MOST_SEGMENTS = 4
_NOT_ALLOWED = 0


class Layout(NamedTuple):
    """Where the core segment has what is read, in bits; the policy's version and the dates stand alike in all."""

    version: int
    purposes: int
    vendors: int
    ends: bool
    """Whether only zeros may follow the restrictions; Canada's drafts had other things there."""


EUROPE = Layout(version=2, purposes=152, vendors=213, ends=True)
CANADA = Layout(version=1, purposes=151, vendors=199, ends=False)

_DATES, _POLICY = 6, 132


class TcString(NamedTuple):
    """What a string says. Times are ms UTC; masks have the consent bits, never those of legitimate interest.

    `restricted` has the purposes that the publisher allows to nobody or to some vendors not (restriction type 0);
    `publisher` is the mask of the PublisherTC segment, None without one.
    """

    created: int
    updated: int
    policy: int
    purposes: int
    restricted: int
    discloses_vendors: bool
    publisher: int | None

    def consents(self, purpose: int) -> bool:
        """Whether the bit of a purpose is set: the publisher's own where there is one, else the vendors'."""
        mask = self.purposes if self.publisher is None else self.publisher
        return mask >> (PURPOSES - purpose) & 1 == 1

    def restricts(self, purpose: int) -> bool:
        """Whether the publisher rules the purpose out."""
        return self.restricted >> (PURPOSES - purpose) & 1 == 1


def read_tc(text: str, layout: Layout = EUROPE) -> TcString | None:
    """The string's content; None when any part of it cannot be read."""
    if not is_readable(text):
        return None
    core, *others = text.split(".", _MOST_SEGMENTS)
    found = _read_core(core, layout)
    if found is None or len(others) >= _MOST_SEGMENTS:
        return None
    seen = set()
    for segment in others:
        bits = read_bits(segment)
        if bits is None:
            return None
        kind = bits.read(3)
        if kind in seen:
            return None
        seen.add(kind)
        if kind == _PUBLISHER:
            found = found._replace(publisher=bits.read(PURPOSES))
            bits.skip(PURPOSES)
            bits.skip(2 * bits.read(6))  # custom purposes: consent and legitimate interest
        elif kind in (_DISCLOSED, _ALLOWED):
            _pass_vendors(bits)
        else:
            return None
        if not bits.is_complete():
            return None
    return found._replace(discloses_vendors=_DISCLOSED in seen)


def _read_core(text: str, layout: Layout) -> TcString | None:
    bits = read_bits(text)
    if bits is None or bits.read(6) != layout.version:
        return None
    created, updated = 100 * bits.read(36), 100 * bits.read(36)
    bits.at = _POLICY
    policy = bits.read(6)
    bits.at = layout.purposes
    purposes = bits.read(PURPOSES)
    bits.at = layout.vendors
    _pass_vendors(bits)
    _pass_vendors(bits)
    restricted = _read_restrictions(bits)
    if bits.is_short or (layout.ends and not bits.is_complete()):
        return None
    return TcString(created, updated, policy, purposes, restricted, discloses_vendors=False, publisher=None)


def _pass_vendors(bits: Bits) -> None:
    """A bit for each vendor up to the highest, or ranges."""
    highest = bits.read(16)
    if bits.read(1):
        _pass_ranges(bits)
    else:
        bits.skip(highest)


def _pass_ranges(bits: Bits) -> None:
    """At most as many as the text has room for: what is not there ends the loop."""
    for _ in range(bits.read(12)):
        is_range, first = bits.read(1), bits.read(16)
        if bits.is_short or (is_range and bits.read(16) < first):
            bits.is_short = True
            return


def _read_restrictions(bits: Bits) -> int:
    restricted = 0
    for _ in range(bits.read(12)):
        purpose, kind = bits.read(6), bits.read(2)
        if kind == _NOT_ALLOWED and 1 <= purpose <= PURPOSES:
            restricted |= 1 << (PURPOSES - purpose)
        _pass_ranges(bits)
        if bits.is_short:
            break
    return restricted
