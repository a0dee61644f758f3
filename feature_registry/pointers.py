"""JSON pointers (RFC 6901)."""

from __future__ import annotations


def pointer_to(*parts: str | int) -> str:
    """The JSON pointer of these keys and indices."""
    return "".join(f"/{escape(str(part))}" for part in parts)


def escape(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key
