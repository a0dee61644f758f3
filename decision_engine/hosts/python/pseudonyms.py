"""Pseudonyms: what stands for a unit outside of the request that names it, so that no raw id is kept, sent or shown.

A pseudonym is the first 128 bits of HMAC-SHA256(key of the epoch, tenant|unit), as 22 characters of base64url. The key
has one use and one epoch, so that pseudonyms of two uses, two epochs or two tenants cannot be joined. It is given as it
is, or derived from a master key; only keys that are given can be destroyed one by one.
"""

from __future__ import annotations

import hmac
import re

from .base64url import encode_base64url

LENGTH = 22
"""Characters of a pseudonym."""

_BYTES = 16
_CONTEXT = "edgewise-pseudonym"
_TENANT = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def pseudonym(key: bytes, tenant: str, unit: str) -> str:
    """The pseudonym of a unit, which is well-formed text. `tenant` holds no `|`: see `is_tenant`."""
    return encode_base64url(hmac.digest(key, f"{tenant}|{unit}".encode(), "sha256")[:_BYTES])


def epoch_key(master: bytes, use: str, epoch: str) -> bytes:
    """The key of 256 bits for one use, such as `profile` or `records`, in one epoch, such as `2026-11-21`."""
    return hmac.digest(master, f"{_CONTEXT}\n{use}\n{epoch}".encode(), "sha256")


def is_tenant(text: str) -> bool:
    """Whether a text can name a tenant: 1 to 64 letters, digits, `_`, `.`, `-`; so `tenant|unit` has one reading."""
    return _TENANT.fullmatch(text) is not None
