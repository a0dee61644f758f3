"""Base64url without padding, read strictly: each run of bytes has one text (RFC 4648, section 5)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_TEXT = re.compile(r"[A-Za-z0-9_-]*")
_QUARTET = 4


def encode_base64url(data: bytes) -> str:
    """The text of some bytes."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode_base64url(text: str) -> bytes | None:
    """The bytes of a text; None for other characters, a length that no bytes have, and loose bits at the end."""
    if _TEXT.fullmatch(text) is None or len(text) % _QUARTET == 1:
        return None
    data = urlsafe_b64decode(text + "=" * (-len(text) % _QUARTET))
    return data if encode_base64url(data) == text else None
