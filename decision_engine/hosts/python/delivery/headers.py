"""What may be done with the origin's answer, and what its headers say afterwards. What is in doubt passes as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Header: TypeAlias = Callable[[str], str | None]
"""Reads a header by its lower-case name."""
Changes: TypeAlias = list[tuple[str, str | None]]
"""Headers to set, or with None to take away."""
Cache: TypeAlias = Literal["none", "segment", "private"]

PRIVATE = "private, no-store"
CONDITIONAL_HEADERS = ("if-none-match", "if-modified-since", "if-match", "if-unmodified-since")
"""What an origin would answer with less than the page."""

_MOST_VARY = 2048
_NUMBER = re.compile(r"[0-9]{1,12}")
_BLANKS = " \t"
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "latin1"})
"""Encodings of characters in which ASCII is ASCII, so that references in ASCII can be put in."""
_CACHES_ALL = ("expires", "age")
_CACHES_SHARED = ("surrogate-control", "cdn-cache-control", "cloudflare-cdn-cache-control")
_OF_THE_BYTES = (
    "content-length",
    "etag",
    "last-modified",
    "accept-ranges",
    "content-md5",
    "digest",
    "content-digest",
)


@dataclass(frozen=True, slots=True)
class About:
    """What an answer is: whether it depends on outcomes (`cache`), and whether its bytes are not the origin's any more.

    `header` is the segment's, `vary` lists headers of visitors that the token's outcomes may depend on.
    """

    cache: Cache
    is_edited: bool
    token: str | None
    header: str
    vary: Sequence[str]
    downstream: Literal["keep", "private"]


def edit_problem(status: int, header: Header, longest: int, *, is_decoded: bool) -> str | None:
    """Why an origin's answer must pass as it is; None when it may be edited.

    `is_decoded` says whether the platform decodes gzip and br by itself.
    """
    if status != 200:
        return "status"
    kind = header("content-type")
    if kind is None or _media_type(kind) != "text/html":
        return "not-html"
    charset = _charset(kind)
    if charset is not None and charset not in _CHARSETS:
        return "charset"
    encoding = (header("content-encoding") or "").strip(_BLANKS).lower()
    if encoding not in ("", "identity") and not (is_decoded and encoding in ("gzip", "br")):
        return "encoded"
    if any(one.strip(_BLANKS).lower() == "no-transform" for one in (header("cache-control") or "").split(",")):
        return "no-transform"
    if header("content-range") is not None:
        return "range"
    length = header("content-length")
    is_short = length is None or (_NUMBER.fullmatch(length) is not None and int(length) <= longest)
    return None if is_short else "too-long"


def answer_headers(about: About, header: Header) -> Changes:
    """What an answer's headers say; `header` reads the origin's."""
    changes: Changes = [(name, None) for name in _OF_THE_BYTES] if about.is_edited else []
    if about.cache == "none":
        return changes
    if about.cache == "private":
        return [*changes, ("cache-control", PRIVATE), *((name, None) for name in (*_CACHES_ALL, *_CACHES_SHARED))]
    changes.append(("vary", merge_vary(header("vary"), [about.header, *about.vary])))
    changes.append((about.header, about.token))
    if about.downstream == "private":
        changes.append(("cache-control", _without_sharing(header("cache-control") or "")))
        changes += [(name, None) for name in _CACHES_SHARED]
    return changes


def merge_vary(text: str | None, names: Sequence[str]) -> str:
    """A header `vary` with more names (lower case), each once."""
    listed = [one.strip(_BLANKS) for one in (text or "")[:_MOST_VARY].split(",")]
    if "*" in listed or len(text or "") > _MOST_VARY:
        return "*"
    known = [one for one in listed if one]
    held = {one.lower() for one in known}
    return ", ".join([*known, *(name for name in dict.fromkeys(names) if name not in held)])


def _without_sharing(text: str) -> str:
    """The directives with `private`, and without those for caches that visitors share."""
    directives = [one.strip(_BLANKS) for one in text.split(",")]
    dropped = ("", "public", "private", "s-maxage")
    return ", ".join(["private", *(one for one in directives if one.partition("=")[0].lower() not in dropped)])


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip(_BLANKS).lower()


def _charset(text: str) -> str | None:
    for parameter in text.split(";")[1:]:
        name, equals, raw = parameter.partition("=")
        if equals and name.strip(_BLANKS).lower() == "charset":
            value = raw.strip(_BLANKS).lower()
            return value[1:-1] if len(value) >= 2 and value[0] == value[-1] == '"' else value
    return None
