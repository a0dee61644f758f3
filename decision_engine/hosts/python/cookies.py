"""Reads the header `cookie`, within limits, and writes the one cookie that a host sets."""

from __future__ import annotations

from .percent import decode
from .tables import Identity

MAX_LENGTH = 8192
MAX_NAMES = 256

_BLANKS = " \t"


def read_cookies(header: str) -> dict[str, str]:
    """The usable cookies by name. The first pair of a name decides, even when its value cannot be used."""
    found: dict[str, str | None] = {}
    for pair in _kept(header).split(";"):
        raw_name, separator, raw_value = pair.partition("=")
        name = raw_name.strip(_BLANKS)
        if separator and name and is_printable(name) and name not in found and len(found) < MAX_NAMES:
            found[name] = _value(raw_value.strip(_BLANKS))
    return {name: value for name, value in found.items() if value is not None}


def set_cookie(identity: Identity, value: str) -> str:
    """The header's value that names a new visitor."""
    return f"{identity['cookie']}={value}; Path=/; Max-Age={identity['max_age']}; Secure; HttpOnly; SameSite=Lax"


def is_printable(text: str) -> bool:
    """Whether all characters are printable ASCII, 0x20 to 0x7E."""
    return text.isascii() and text.isprintable()


def _kept(header: str) -> str:
    """The header up to its limit, without the pair that the limit cuts."""
    if len(header) <= MAX_LENGTH:
        return header
    if header[MAX_LENGTH] == ";":
        return header[:MAX_LENGTH]
    return header[:MAX_LENGTH].rpartition(";")[0]


def _value(raw: str) -> str | None:
    if not is_printable(raw):
        return None
    if len(raw) >= 2 and raw[0] == raw[-1] == '"':  # one pair of quotes
        raw = raw[1:-1]
    decoded = decode(raw)
    return raw if decoded is None else decoded
