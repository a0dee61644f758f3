"""What a TC string says of a purpose: which strings count at all, and which of their bits.

Source: IAB Europe, Transparency & Consent Framework Policies; only consent counts, legitimate interest never does.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from .tcf import EUROPE, Layout, TcString


class TcfRule(NamedTuple):
    """The purposes that must all be consented to; none: the string says nothing of it."""

    purposes: list[int]
    needs_publisher_segment: bool
    layout: Layout


POLICY_4_SINCE = 1696032000000
"""2023-09-30: strings created after that must be of policy version 4 or later."""
DISCLOSED_SINCE = 1772236800000
"""2026-02-28: strings created after that must have the segment DisclosedVendors."""
MOST_MONTHS = 13

_POLICY = 4
_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DATE = 253_402_300_799_999


def state_tc(string: TcString | None, rule: TcfRule, at: int) -> tuple[str, str] | None:
    """State and basis; None when the string says nothing of the purpose. An unreadable string is None."""
    if not rule.purposes:
        return None
    if string is None:
        return "denied", "tcf-unreadable"
    is_europe = rule.layout is EUROPE
    if is_europe and string.created > DISCLOSED_SINCE and not string.discloses_vendors:
        return "denied", "tcf-no-disclosed-vendors"
    if any(string.restricts(purpose) for purpose in rule.purposes):
        return "denied", "tcf-restricted"
    if string.created > at + _DAY:
        return "unknown", "tcf-from-the-future"
    if is_older(string.created, at):
        return "unknown", "tcf-too-old"
    if is_europe and string.created > POLICY_4_SINCE and string.policy < _POLICY:
        return "unknown", "tcf-old-policy"
    if not all(string.consents(purpose) for purpose in rule.purposes):
        return "denied", "tcf-denied"
    if rule.needs_publisher_segment and string.publisher is None:
        return "unknown", "tcf-no-publisher-segment"
    return "granted", "tcf"


def is_older(created: int, at: int) -> bool:
    """Whether more than 13 months of the calendar lie between two times in ms UTC."""
    if at > _LAST_DATE:
        return True
    (month, rest), (now_month, now_rest) = _months(created), _months(at)
    return (now_month - month, now_rest) > (MOST_MONTHS, rest)


def _months(time: int) -> tuple[int, int]:
    """Months since the year 0, and ms since the month's first."""
    date = _EPOCH + timedelta(milliseconds=time)
    day = time // _DAY
    return 12 * date.year + date.month, time - (day - date.day + 1) * _DAY
