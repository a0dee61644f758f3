"""Slots and edits: what a page shows of an outcome, made from the policy's templates and a payload's fields."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple, TypedDict

from ..readings import number_text
from .escape import encode_part, escape_html, is_safe_url, utf16_length

_LONGEST_HTML = 131_072


class Item(NamedTuple):
    """An item of a ranking; `payload` is JSON text."""

    key: str
    payload: str


class Shown(NamedTuple):
    """An outcome to deliver: `payload` is JSON text, `tail` what follows it in an answer, from `"reason"` on.

    `items` are those of a ranking, best first; None for a single payload. `outcome` is None for a ranking without
    items, `leaf` where the program's codes did not give it.
    """

    outcome: str | None
    payload: str
    items: tuple[Item, ...] | None
    tail: str
    leaf: int | None = None


class Field(TypedDict):
    """A place for a payload's field; `as` is its context."""

    path: list[str]


class Slot(TypedDict):
    """A slot of the tables: literals and fields, and what stands around all items."""

    parts: list[Any]
    frame: list[str] | None


class Change(NamedTuple):
    """What an edit does to its elements; all values are escaped."""

    text: str | None
    attributes: tuple[tuple[str, str], ...]


def slot_html(slot: Slot, shown: Shown) -> str | None:
    """A slot's HTML; None when the default is to stand: no items, or a payload without the fields."""
    payloads = [shown.payload] if shown.items is None else [item.payload for item in shown.items]
    rendered = [_render(slot["parts"], json.loads(payload)) for payload in payloads]
    if any(one is None for one in rendered):
        return None
    html = "".join(one for one in rendered if one is not None)
    if not html or utf16_length(html) > _LONGEST_HTML:
        return None
    return html if slot["frame"] is None else slot["frame"][0] + html + slot["frame"][1]


def edit_change(edit: Any, shown: Shown) -> Change | None:
    """An edit's change, of a ranking by its first item; None when the page is to stay."""
    if shown.items == ():
        return None
    value = first_value(shown)
    text = None
    if edit["text"] is not None:
        text = _field(value, edit["text"], "text")
        if text is None:
            return None
    attributes: list[tuple[str, str]] = []
    for attribute in edit["attributes"]:
        field = _field(value, attribute["path"], attribute["as"])
        if field is None:
            return None
        attributes.append((attribute["name"], field))
    return Change(text, tuple(attributes))


def first_value(shown: Shown) -> Any:
    """The value of the payload, of a ranking that of its first item; None without items."""
    if shown.items is None:
        return json.loads(shown.payload)
    return json.loads(shown.items[0].payload) if shown.items else None


def field_at(value: Any, path: list[str]) -> Any:
    """The member at a path; None where there is none."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def _render(parts: list[Any], value: Any) -> str | None:
    html = ""
    for part in parts:
        text = part if isinstance(part, str) else _field(value, part["path"], part["as"])
        if text is None:
            return None
        html += text
    return html


def _field(value: Any, path: list[str], context: str) -> str | None:
    """A field, escaped for its context; None when it is missing or cannot stand there."""
    found = field_at(value, path)
    if context == "url":
        return escape_html(found) if isinstance(found, str) and is_safe_url(found) else None
    text = _text(found)
    if text is None:
        return None
    return encode_part(text) if context == "path" else escape_html(text)


def _text(found: Any) -> str | None:
    """A field as text: numbers as ECMA-262 writes them."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int | float):
        return number_text(float(found)) if math.isfinite(found) else None
    return found if isinstance(found, str) else None
