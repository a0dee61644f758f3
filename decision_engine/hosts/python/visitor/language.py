"""The best of some languages for a visitor: RFC 9110's `accept-language`, and the lookup of RFC 4647."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

LONGEST = 512
MOST_RANGES = 32

_RANGE = re.compile(r"\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_WEIGHT = re.compile(r"[qQ]=([01])(?:\.([0-9]{0,3}))?")


class Range(NamedTuple):
    """What a visitor asks for: as sent, in lower case, and its weight from 0 (not acceptable) to 1000."""

    sent: str
    tag: str
    weight: int


class Languages(NamedTuple):
    """What an `accept-language` asks for, the best first; no JSON makes one, so it comes from a header only."""

    ranges: tuple[Range, ...]

    def best(self, values: Sequence[str] | None) -> str | None:
        """The best of `values`, or None; without a list, what the visitor likes best."""
        by_tag = None if values is None else {value.lower(): value for value in reversed(values)}
        refused = {one.tag for one in self.ranges if one.weight == 0}
        for sent, tag, weight in self.ranges:
            if weight == 0 or tag == "*":
                continue
            if by_tag is None:
                return sent
            found = next((rest for rest in _shortened(tag) if rest in by_tag and rest not in refused), None)
            if found is not None:
                return by_tag[found]
        return None


def read_languages(header: str) -> Languages:
    """Read a header; one that is malformed, longer than 512 characters or of more than 32 ranges asks for nothing."""
    return _read_list(header) if len(header) <= LONGEST else Languages(())  # only what is short is remembered


@lru_cache(maxsize=256)
def _read_list(header: str) -> Languages:
    ranges: list[Range] = []
    for item in header.split(","):
        text = item.strip(" \t")
        if not text:  # RFC 9110, 5.6.1.2: a list may have empty elements
            continue
        read = _read_range(text)
        if read is None or len(ranges) == MOST_RANGES:
            return Languages(())
        ranges.append(read)
    return Languages(tuple(sorted(ranges, key=lambda one: -one.weight)))


def language_reader(
    values: Sequence[str] | None, read: Callable[[dict[str, object]], object]
) -> Callable[[dict[str, object]], object]:
    """Prepare what reads `language.best` for one feature: the request's own value, else the best of `values`."""

    def choose(request: dict[str, object]) -> object:
        found = read(request)
        return found.best(values) if isinstance(found, Languages) else found

    return choose


def _read_range(text: str) -> Range | None:
    sent, mark, weight = text.partition(";")
    sent = sent.strip(" \t")
    found = _WEIGHT.fullmatch(weight.strip(" \t"))
    if _RANGE.fullmatch(sent) is None or (mark and found is None):
        return None
    thousandths = 1000 if found is None else int(found[1] + (found[2] or "").ljust(3, "0"))
    return Range(sent, sent.lower(), thousandths) if thousandths <= 1000 else None


def _shortened(tag: str) -> Iterator[str]:
    """RFC 4647, 3.4: a tag, then without its last subtag, and so on; single letters are never the last ones then."""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
        while tag[-2:-1] == "-":
            tag = tag[:-2]
