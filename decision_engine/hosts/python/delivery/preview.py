"""Previews: a signed token in a page's address that shows who opens it a variation, or an outcome.

    1.KEY.EXPIRES.FORCED.MAC

KEY is the id of the key, EXPIRES in seconds UTC, FORCED a list of three texts each, all joined by `~`: `e`, an
experiment and its variation, or `d`, a decision and its outcome. MAC is HMAC-SHA256 in base64url, without padding, over
`edgewise-preview` and what stands before the MAC, with a line feed between.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal, NamedTuple

from ..base64url import encode_base64url
from .escape import utf16_length
from .outcomes import Outcomes
from .slots import Shown

_LONGEST = 1024
_PARTS = 5
_MOST_FORCED = 16
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,12}")
_KINDS: Mapping[str, Literal["experiment", "decision"]] = {"e": "experiment", "d": "decision"}


class Refusal(StrEnum):
    """Why a preview shows nothing."""

    UNREADABLE = "unreadable"
    KEY = "unknown-key"
    FORGED = "forged"
    EXPIRED = "expired"


class Forced(NamedTuple):
    """An experiment with its variation, or a decision with its outcome."""

    kind: Literal["experiment", "decision"]
    name: str
    value: str


class Preview(NamedTuple):
    """What a token forces; `refused` says why it forces nothing."""

    forced: tuple[Forced, ...]
    refused: Refusal | None = None

    @property
    def told(self) -> str:
        """The header of the answer that says so."""
        if self.refused is not None:
            return f"refused {self.refused}"
        return ", ".join(f"{kind} {name}={value}" for kind, name, value in self.forced)


def read_preview(text: str, keys: Mapping[str, bytes], at: int) -> Preview:
    """A token as of `at` (ms UTC)."""
    parts = text.split(".", _PARTS)
    if utf16_length(text) > _LONGEST or len(parts) != _PARTS or parts[0] != "1":
        return Preview((), Refusal.UNREADABLE)
    _, key_id, expires, listed, mac = parts
    forced = _read_forced(listed)
    if forced is None or _NAME.fullmatch(key_id) is None or _NUMBER.fullmatch(expires) is None:
        return Preview((), Refusal.UNREADABLE)
    key = keys.get(key_id)
    if key is None:
        return Preview((), Refusal.KEY)
    expected = _mac(key, text[: -1 - len(mac)])
    if not hmac.compare_digest(expected.encode(), mac.encode("utf-8", "surrogatepass")):
        return Preview((), Refusal.FORGED)
    return Preview((), Refusal.EXPIRED) if at >= 1000 * int(expires) else Preview(forced)


def write_preview(key_id: str, key: bytes, forced: Iterable[Forced], *, expires: int) -> str:
    """The token that shows `forced`, until `expires` (seconds UTC). Raises ValueError for what no token can hold."""
    words = [word for kind, name, value in forced for word in (kind[0], name, value)]
    if len(words) > 3 * _MOST_FORCED or not words:
        raise ValueError(f"expected 1 to {_MOST_FORCED} entries, found {len(words) // 3}")
    for word in (key_id, *words):
        if _NAME.fullmatch(word) is None:
            raise ValueError(f"expected a name of letters, digits, `_` and `-`, found `{word}`")
    body = ".".join(["1", key_id, str(expires), "~".join(words)])
    token = f"{body}.{_mac(key, body)}"
    if len(token) > _LONGEST:
        raise ValueError(f"expected a token of at most {_LONGEST} characters, found {len(token)}")
    return token


def forced_outcomes(forced: Iterable[Forced], outcomes: Outcomes) -> dict[int, Shown]:
    """What is shown, by decision; a later entry wins, and what the program does not know is left out."""
    found: dict[int, Shown] = {}
    for kind, name, value in forced:
        if kind == "decision":
            number = outcomes.numbers.get(name)
            pairs = [] if number is None else [(number, value)]
            tail = _tail("null", "null")
        else:
            pairs = list(outcomes.shown_by(name, value))
            tail = _tail(f'"{name}"', f'"{value}"')
        for decision, outcome in pairs:
            shown = outcomes.named(decision, outcome, tail)
            if shown is not None:
                found[decision] = shown
    return found


def _tail(experiment: str, variation: str) -> str:
    told = f'"experiment":{experiment},"variation":{variation}'
    return f'"reason":"STATIC","rule":null,{told},"mode":"edge","forced":true}}'


def _read_forced(text: str) -> tuple[Forced, ...] | None:
    words = text.split("~")
    if len(words) % 3 or len(words) > 3 * _MOST_FORCED:
        return None
    triples = list(zip(words[::3], words[1::3], words[2::3], strict=True))
    if not all(kind in _KINDS and _NAME.fullmatch(name) and _NAME.fullmatch(value) for kind, name, value in triples):
        return None
    return tuple(Forced(_KINDS[kind], name, value) for kind, name, value in triples)


def _mac(key: bytes, body: str) -> str:
    message = f"edgewise-preview\n{body}".encode("utf-8", "surrogatepass")
    return encode_base64url(hmac.digest(key, message, "sha256"))
