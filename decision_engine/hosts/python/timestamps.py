"""Timestamps as RFC 3339 text, in the one form that both hosts accept."""

from __future__ import annotations

import re
from datetime import date

MAX_MAGNITUDE = 8_640_000_000_000_000
"""The last ms of a JavaScript date."""

_EPOCH = date(1970, 1, 1).toordinal()
_MAX_HOUR = 23
_MAX_MINUTE = 59
_FORM = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)


def milliseconds(text: str) -> int | None:
    """Milliseconds since 1970 UTC; None unless the text is a real time, `YYYY-MM-DDTHH:MM:SS[.f](Z|+HH:MM|-HH:MM)`."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    day, hours, minutes, seconds, fraction, sign, offset_hours, offset_minutes = found.groups()
    hour, minute, second = int(hours), int(minutes), int(seconds)
    if hour > _MAX_HOUR or minute > _MAX_MINUTE or second > _MAX_MINUTE:
        return None
    offset = 0
    if sign:
        hour_shift, minute_shift = int(offset_hours), int(offset_minutes)
        if hour_shift > _MAX_HOUR or minute_shift > _MAX_MINUTE:
            return None
        offset = (hour_shift * 60 + minute_shift) * (-1 if sign == "-" else 1)
    try:
        days = date.fromisoformat(day).toordinal() - _EPOCH
    except ValueError:
        return None
    thousandths = int(fraction[:3].ljust(3, "0")) if fraction else 0
    return ((days * 24 + hour) * 60 + minute - offset) * 60_000 + second * 1000 + thousandths
