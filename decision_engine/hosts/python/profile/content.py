"""What profiles hold: the content of a profile token, and of a visitor's entry in the KV.

    [[AGE, ID, VALUE, ID, VALUE, ...], ...]

Each list has what was written at one time, AGE seconds before the envelope was issued. An ID stands for a feature's
name and version (docs/profile.md), so that a value outlives a release and does not outlive its meaning. A value is a
bool, a number, a text, or a list of texts; which of them the feature's type takes, the encoder says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import inf
from typing import NamedTuple, TypeAlias

from .envelope import is_whole
from .tables import Profile, ProfileTable

MOST_LISTS = 16
MOST_VALUES = 64
MOST_TAGS = 256

_ID = re.compile(r"[A-Za-z0-9_.-]{4}")
_SHORTEST = 3


class Written(NamedTuple):
    """A raw value, and when it was written, in ms UTC."""

    value: object
    written: int


Values: TypeAlias = Mapping[str, Written]
"""By the feature's name."""


class Content(NamedTuple):
    """The values; the least ttl in ms of the groups they are of, of all groups for none; how many no feature takes."""

    values: Values
    ttl: float
    unknown: int


def content_reader(table: ProfileTable) -> Callable[[object, int], Content | None]:
    """Prepare the reading of contents: (content, ms when it was issued) -> `Content`, None for any other form."""
    known = {feature["id"]: feature for feature in table["features"]}
    ttls = [group["ttl"] for group in table["groups"]]
    least = min(ttls, default=inf)

    def read(content: object, issued: int) -> Content | None:
        if not isinstance(content, list) or len(content) > MOST_LISTS:
            return None
        seen: set[str] = set()
        values: dict[str, Written] = {}
        ttl = inf
        for one in content:
            if not isinstance(one, list) or len(one) % 2 == 0 or len(one) < _SHORTEST:
                return None
            if not is_whole(one[0], issued // 1000):
                return None
            for code, value in zip(one[1::2], one[2::2], strict=True):
                if not (isinstance(code, str) and _ID.fullmatch(code)) or code in seen:
                    return None
                if not _is_value(value) or len(seen) == MOST_VALUES:
                    return None
                seen.add(code)
                if (feature := known.get(code)) is not None:
                    values[feature["name"]] = Written(value, issued - int(one[0]) * 1000)
                    ttl = min(ttl, ttls[feature["group"]])
        return Content(values, ttl if values else least, len(seen) - len(values))

    return read


def profile_maker(table: ProfileTable) -> Callable[[Values], Profile]:
    """Prepare the making of profiles; of two features that share a path, the older time holds."""
    paths = {feature["name"]: feature["path"] for feature in table["features"]}

    def make(values: Values) -> Profile:
        timestamps: dict[str, int] = {}
        for name, (_, written) in values.items():
            path = paths[name]
            timestamps[path] = min(timestamps.get(path, written), written)
        return Profile({name: value for name, (value, _) in values.items()}, timestamps)

    return make


def merge_values(first: Values, second: Values) -> Values:
    """Of each feature the value that was written last; where times are equal, the first one's."""
    merged = dict(first)
    for name, one in second.items():
        if name not in merged or one.written > merged[name].written:
            merged[name] = one
    return merged


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= MOST_TAGS and all(isinstance(item, str) for item in value)
    return isinstance(value, bool | float | str)
