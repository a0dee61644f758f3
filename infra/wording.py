"""Words of what commands say."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """A count with its noun, whose plural takes an s: `1 decision`, `12,330 requests`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
