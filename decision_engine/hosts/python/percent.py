"""Percent-encoding, and the query string of a target."""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_NAMES = 256

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Query(NamedTuple):
    """A query string: whether the parameter `d` stands in it, its text (None when it cannot be decoded), all others."""

    has_document: bool
    document: str | None
    parameters: dict[str, str]


def decode(text: str) -> str | None:
    """Decode `%XX` as UTF-8; None when one escape is broken. Other characters stay."""
    if "%" not in text:
        return text
    if _BROKEN.search(text):
        return None
    try:
        return _ESCAPES.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8"), text)
    except UnicodeDecodeError:
        return None


def read_query(text: str) -> Query:
    """Read the part of a target behind `?`: the first value of each name; what cannot be decoded is left out."""
    has_document, document = False, None
    parameters: dict[str, str] = {}
    for piece in text.split("&"):
        raw_name, _, raw_value = piece.partition("=")
        name = _decode_form(raw_name) if piece else None
        if name is None:
            continue
        if name == "d":
            if not has_document:
                has_document, document = True, _decode_form(raw_value)
        elif name not in parameters and len(parameters) < MAX_NAMES and (value := _decode_form(raw_value)) is not None:
            parameters[name] = value
    return Query(has_document, document, parameters)


def _decode_form(text: str) -> str | None:
    return decode(text.replace("+", " "))
