"""Merchants' own consent: a receipt that a visitor carries, signed, so that it is good for that visitor alone.

    1.KEY.EPOCH.EXPIRES.PURPOSES.MAC

KEY is the id of the key, EPOCH the visitor's consent epoch (withdrawal raises it), EXPIRES in seconds UTC, PURPOSES the
purposes agreed to, joined by `+` and possibly none: all others were refused. MAC is HMAC-SHA256 in base64url, without
padding, over `edgewise-consent`, the visitor's pseudonym, and what stands before the MAC, with line feeds between.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

LONGEST = 1024
_VERSION = "1"
_PARTS = 6
_MOST_DIGITS = 12
_LONGEST_NAME = 64
_CONTEXT = "edgewise-consent"


class Refusal(StrEnum):
    """Why a receipt does not count."""

    UNREADABLE = "unreadable"
    KEY = "unknown-key"
    FORGED = "forged"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Receipt(NamedTuple):
    """What a receipt grants; `refused` says why it grants nothing."""

    granted: frozenset[str]
    refused: Refusal | None = None


def read_receipt(text: str, keys: Mapping[str, bytes], pseudonym: str, epoch: int, at: int) -> Receipt:
    """A receipt as of `at` (ms UTC), from the visitor with the pseudonym, whose consent epoch is at least `epoch`."""
    if len(text) > LONGEST:
        return _refuse(Refusal.UNREADABLE)
    parts = text.split(".", _PARTS)
    if len(parts) != _PARTS or parts[0] != _VERSION or not text.isascii():
        return _refuse(Refusal.UNREADABLE)
    _, key_id, epoch_text, expires, purposes, mac = parts
    named = purposes.split("+") if purposes else []
    if not (_is_number(epoch_text) and _is_number(expires) and all(map(_is_name, [key_id, *named]))):
        return _refuse(Refusal.UNREADABLE)
    key = keys.get(key_id)
    if key is None:
        return _refuse(Refusal.KEY)
    if not hmac.compare_digest(_mac(key, pseudonym, text[: -1 - len(mac)]).encode(), mac.encode()):
        return _refuse(Refusal.FORGED)
    if at >= 1000 * int(expires):
        return _refuse(Refusal.EXPIRED)
    return _refuse(Refusal.WITHDRAWN) if int(epoch_text) < epoch else Receipt(frozenset(named))


def write_receipt(key_id: str, key: bytes, pseudonym: str, purposes: Iterable[str], *, epoch: int, expires: int) -> str:
    """The receipt of a visitor who agreed to `purposes`; `expires` in seconds UTC."""
    body = ".".join([_VERSION, key_id, str(epoch), str(expires), "+".join(sorted(purposes))])
    return f"{body}.{_mac(key, pseudonym, body)}"


def _mac(key: bytes, pseudonym: str, body: str) -> str:
    message = "\n".join([_CONTEXT, pseudonym, body]).encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")


def _refuse(reason: Refusal) -> Receipt:
    return Receipt(frozenset(), reason)


def _is_number(text: str) -> bool:
    return 1 <= len(text) <= _MOST_DIGITS and text.isdigit()


def _is_name(text: str) -> bool:
    return 1 <= len(text) <= _LONGEST_NAME and text.replace("_", "0").replace("-", "0").isalnum()
