"""The gate at a request: finds the signals in it, and tells the encoder which purposes are denied.

What the gate reads must be what the platform saw: a visitor can write anything into the object that he sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from ..cookies import MAX_LENGTH
from ..percent import decode
from .gate import Configuration, Outcome, Signals, decide_consent
from .receipts import Receipt

UNREADABLE = ""
"""What stands for a signal that was there and cannot be read."""

_MOST_PAIRS = 256
_BLANKS = " \t"


class Cookies(TypedDict):
    """The names of the cookies that signals come in."""

    tcf: str
    gpp: str
    receipt: str
    groups: str | None


class GateTable(TypedDict):
    """The gate in the tables of an artefact: the policy, and where signals are; and the text of the site's own
    statement that it abides by Global Privacy Control."""

    configuration: Configuration
    cookies: Cookies
    gpc: str


class Seen(TypedDict):
    """What the platform saw of a request: geo, and the two headers; a header's lines are joined by commas."""

    geo: Mapping[str, object]
    cookie: NotRequired[str | None]
    gpc: NotRequired[str | None]


def gate_request(
    table: GateTable, seen: Seen, at: int, *, receipt: Receipt | None = None, stopped: str | None = None
) -> Outcome:
    """The gate's outcome for a request. `receipt` is that of the receipt cookie, verified by who has the keys."""
    cookies = table["cookies"]
    names = {cookies["tcf"], cookies["gpp"]} | ({cookies["groups"]} if cookies["groups"] is not None else set())
    found = find_cookies(seen.get("cookie") or "", names)
    signals = Signals(
        stopped=stopped,
        country=_text(seen["geo"].get("country")),
        region=_text(seen["geo"].get("region_code")) or _text(seen["geo"].get("region")),
        gpc=seen.get("gpc"),
        gpp=found.get(cookies["gpp"]),
        tcf=found.get(cookies["tcf"]),
        receipt=receipt,
        groups=None if cookies["groups"] is None else found.get(cookies["groups"]),
    )
    return decide_consent(table["configuration"], signals, at)


def with_denied(request: Mapping[str, object], outcome: Outcome) -> dict[str, object]:
    """The request object with the outcome's denials beside its own."""
    consent = request.get("consent")
    members = consent if isinstance(consent, dict) else {}
    own = members.get("denied")
    denied = [*own, *outcome.denied] if isinstance(own, list) else list(outcome.denied)
    return {**request, "consent": {**members, "denied": denied}}


def find_cookies(header: str, names: set[str]) -> dict[str, str]:
    """The named cookies of a header: the first of each, empty where it is not printable ASCII.

    In a header that is too long or has too many pairs to be read whole, a cookie that was not found may still be in the
    rest: it counts as unreadable.
    """
    is_cut = len(header) > MAX_LENGTH
    pairs = header[:MAX_LENGTH].split(";", _MOST_PAIRS)
    if is_cut or len(pairs) > _MOST_PAIRS:
        is_cut = True
        pairs.pop()
    found: dict[str, str] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        name = name.strip(_BLANKS)
        if separator and name in names and name not in found:
            found[name] = _value(value.strip(_BLANKS))
    return dict.fromkeys(names, UNREADABLE) | found if is_cut else found


def _value(raw: str) -> str:
    text = raw[1:-1] if len(raw) >= 2 and raw[0] == raw[-1] == '"' else raw
    if not (text.isascii() and text.isprintable()):
        return UNREADABLE
    decoded = decode(text)
    return UNREADABLE if decoded is None else decoded


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
