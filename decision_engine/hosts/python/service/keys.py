"""The keys of an edge: a secret of its platform, never in an artefact.

A JSON object of key ids to secrets in base64url, at least 16 bytes each:

    {"pseudonym": "...", "k1": "...", "k2": "...", "records": "...", "records.2026-11-21": "..."}

`pseudonym` makes the pseudonyms that receipts and tokens are bound to; `records` is the master of the log's pseudonyms,
and `records.DAY` the key of one day. All others verify what is signed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..base64url import decode_base64url

_LONGEST = 16_384
_MOST_KEYS = 64
_LEAST_BYTES = 16
_PSEUDONYM = "pseudonym"
_RECORDS = "records"


class KeysError(ValueError):
    """The keys are not as they should be; the message never quotes a secret."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets, by what they are for; `days` are the log's keys by day."""

    signing: Mapping[str, bytes] = field(default_factory=dict)
    pseudonym: bytes | None = None
    records: bytes | None = None
    days: Mapping[str, bytes] = field(default_factory=dict)


def read_keys(text: str | None) -> Keys:
    """The keys of a text; none of an empty one. Raises `KeysError`."""
    found = {} if not text else _parse(text)
    secrets = {name: _secret(value) for name, value in found.items()}
    pseudonym, records = secrets.pop(_PSEUDONYM, None), secrets.pop(_RECORDS, None)
    start = f"{_RECORDS}."
    days = {name.removeprefix(start): secret for name, secret in secrets.items() if name.startswith(start)}
    signing = {name: secret for name, secret in secrets.items() if not name.startswith(start)}
    return Keys(signing, pseudonym, records, days)


def _parse(text: str) -> dict[str, object]:
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except ValueError:
        found = None  # the parser's own message would quote the secret
    if not isinstance(found, dict) or len(found) > _MOST_KEYS:
        raise KeysError(f"expected keys as a JSON object of at most {_MOST_KEYS} members")
    return found


def _secret(value: object) -> bytes:
    secret = decode_base64url(value) if isinstance(value, str) else None
    if secret is None or len(secret) < _LEAST_BYTES:
        raise KeysError(f"expected keys of at least {_LEAST_BYTES} bytes in base64url")
    return secret
