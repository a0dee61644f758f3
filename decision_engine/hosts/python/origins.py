"""Addresses that a configuration may name: public hosts over HTTPS, and those of inside that it lists one by one.

What a platform fetches from is pinned by its configuration: no request ever brings an address. This is the rule for the
configuration itself, so that a slip in it (or whoever can write it) does not lead into the platform's own network.

    https://HOST[:443|:8443][/PATH]

HOST is a name in lower case with at least two labels, whose last one no network uses for inside (`.internal`, `.local`,
...). Addresses by number are refused, in every notation, as are names and paths with anything but plain characters:
nothing has to be normalised, so nothing can be read in two ways. A host of inside counts only when the platform lists
`HOST:PORT` as private; then `http` will do, and any port. What is local to a link, where clouds keep their metadata, is
refused even then.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

LONGEST = 2048
PORTS = ("443", "8443")
INSIDE = frozenset(
    (
        "alt", "arpa", "consul", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain",
        "localhost", "onion", "private", "svc", "test",
    )
)  # fmt: skip
"""Last labels of names that are reserved, or in use within networks."""

NEVER = ("169.254.", "[fe80:", "metadata")
"""What the hosts of metadata services begin with."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_LABEL = _LETTERS | frozenset("0123456789-")
_PATH = _LABEL | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ/._~")
_PRIVATE = _LABEL | frozenset(".:[]")


class OriginError(ValueError):
    """An address that a configuration may not name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where to fetch from: `base` is scheme and authority, `path` begins with `/`."""

    base: str
    path: str


def read_origin(url: str, private: Collection[str] = ()) -> Origin:
    """The address, with `private` the `HOST:PORT` that are allowed beside public ones. Raises OriginError."""
    scheme, separator, rest = url.partition("://")
    if len(url) > LONGEST or not separator or scheme not in ("http", "https"):
        raise OriginError("expected an address such as `https://shop.example`")
    authority, slash, after = rest.partition("/")
    path = slash + after
    if not set(path) <= _PATH or "//" in path or any(piece in (".", "..") for piece in path.split("/")):
        raise OriginError("expected a path of letters, digits, `-`, `.`, `_` and `~`")
    if not _is_private(scheme, authority, private) and not (scheme == "https" and _is_public(authority)):
        raise OriginError("expected https and the name of a public host, or a host that is listed as private")
    return Origin(f"{scheme}://{authority}", path or "/")


def read_private(text: str) -> tuple[str, ...]:
    """The private hosts of a setting: `HOST:PORT`, separated by commas."""
    return tuple(filter(None, (item.strip(" ") for item in text.split(","))))


def _is_private(scheme: str, authority: str, private: Collection[str]) -> bool:
    host, colon, port = authority.rpartition(":")
    usual = "443" if scheme == "https" else "80"
    full = authority if colon and _is_port(port) else f"{authority}:{usual}"
    return full in private and set(full) <= _PRIVATE and not full.startswith(NEVER) and bool(host or not colon)


def _is_public(authority: str) -> bool:
    host, colon, port = authority.partition(":")
    if colon and port not in PORTS:
        return False
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(map(_is_label, labels)):
        return False
    last = labels[-1]
    return last[0] in _LETTERS and last not in INSIDE and not host.startswith(NEVER)


def _is_label(label: str) -> bool:
    is_sized = 0 < len(label) <= 63
    return is_sized and label[0] != "-" and label[-1] != "-" and set(label) <= _LABEL


def _is_port(text: str) -> bool:
    return 0 < len(text) <= 5 and text.isascii() and text.isdigit()
