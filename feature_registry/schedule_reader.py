"""Reads schedules: conditions on local time."""

from __future__ import annotations

from feature_registry.arguments import read_texts
from feature_registry.conditions import DAYS, Schedule
from feature_registry.findings import Findings, described, short
from feature_registry.nearest import listed, nearest
from feature_registry.values import BadValueError, read_clock, read_local_time, read_text, time_zones

_KEYS = ("zone", "days", "from", "to", "starts", "ends")
_A_DAY = 1440


def read_schedule(parts: object, at: str, findings: Findings) -> Schedule | None:
    """The schedule whose condition stands at `at`; None, with findings, when it is broken."""
    inside = f"{at}/schedule"
    if not isinstance(parts, dict):
        findings.add("wrong-type", f"expected an object, found {described(parts)}", inside, 'give at least a "zone"')
        return None
    findings.unknown_keys(parts, _KEYS, inside)
    if "zone" not in parts:
        findings.add("missing-key", "missing key `zone`", inside, 'for instance "zone": "Europe/Berlin"')
    if not any(key in parts for key in _KEYS[1:]):
        message = "expected a part of the time, found a schedule that is always true"
        findings.add("too-few", message, inside, f"give one of {listed(_KEYS[1:])}")
    zone = findings.read_key(parts, "zone", inside, _read_zone) if "zone" in parts else None
    days = findings.read_key(parts, "days", inside, _read_days) if "days" in parts else ()
    opens = findings.read_key(parts, "from", inside, read_clock) if "from" in parts else 0
    closes = findings.read_key(parts, "to", inside, read_clock) if "to" in parts else _A_DAY
    starts = findings.read_key(parts, "starts", inside, read_local_time) if "starts" in parts else None
    ends = findings.read_key(parts, "ends", inside, read_local_time) if "ends" in parts else None
    if starts is not None and ends is not None and ends <= starts:
        message = f"expected an end after the start `{starts:%Y-%m-%dT%H:%M}`, found `{ends:%Y-%m-%dT%H:%M}`"
        findings.add("bad-window", message, f"{inside}/ends", "the end is exclusive")
    if zone is None or days is None or opens is None or closes is None:
        return None
    if opens % _A_DAY == closes % _A_DAY and (opens, closes) != (0, _A_DAY):
        message = "expected `from` and `to` to differ, found the same time of day"
        findings.add("bad-window", message, inside, "leave both out for the whole day")
    return Schedule(zone, days, opens, closes, starts, ends, at)


def _read_zone(json: object) -> str:
    zone = read_text(json)
    zones = time_zones()
    if zone not in zones:
        match = nearest(zone, zones)
        help_line = f"did you mean `{match}`?" if match else "zones are named as in `Europe/Berlin`"
        raise BadValueError("a time zone of the IANA database", "unknown-zone", help_line)
    return zone


def _read_days(json: object) -> tuple[int, ...]:
    days = read_texts(json)
    for day in days:
        if day not in DAYS:
            raise BadValueError(f"days of {listed(DAYS)}", "unknown-value", f"`{short(day)}` is none of them")
    return tuple(sorted(DAYS.index(day) for day in days))
