"""Reads cookie groups as OneTrust's cookie `OptanonConsent` writes them: `...&groups=C0001:1,C0002:0&...`."""

from __future__ import annotations

from ..percent import decode
from .bits import is_readable

_MOST_GROUPS = 64
_LONGEST_NAME = 32


def read_groups(text: str) -> dict[str, bool] | None:
    """Each group's consent; None when there is no list of groups, or when any part of the list cannot be read.

    The text may be percent-encoded, once or, as in a cookie's raw value, twice.
    """
    if not is_readable(text):
        return None
    lists = [pair[7:] for pair in text.split("&") if pair.startswith("groups=")]
    if len(lists) != 1:
        return None
    listed = decode(lists[0])
    if listed is None:
        return None
    found: dict[str, bool] = {}
    items = listed.split(",", _MOST_GROUPS)
    if len(items) > _MOST_GROUPS:
        return None
    for item in items:
        name, _, value = item.partition(":")
        if value not in ("0", "1") or name in found or not _is_name(name):
            return None
        found[name] = value == "1"
    return found


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= _LONGEST_NAME and text.isascii() and text.replace("_", "0").replace("-", "0").isalnum()
