"""Reads bits of base64url text: bounded, and without raising; what is not there reads as zero and is noticed."""

from __future__ import annotations

from base64 import urlsafe_b64decode

LONGEST = 4096
"""Characters of a consent string that are read; a longer one is unreadable as a whole."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Bits:
    """A position in a run of bits. `is_short` says whether something was read behind the end."""

    __slots__ = ("_bytes", "_length", "at", "is_short")

    def __init__(self, content: bytes, length: int) -> None:
        self._bytes = content
        self._length = length
        self.at = 0
        self.is_short = False

    def read(self, count: int) -> int:
        """The next `count` bits as a number, the first one highest."""
        end = self.at + count
        if end > self._length:
            self.is_short = True
            return 0
        number = int.from_bytes(self._bytes[self.at >> 3 : (end + 7) >> 3], "big") >> (-end & 7)
        self.at = end
        return number & ((1 << count) - 1)

    def skip(self, count: int) -> None:
        """Pass over bits."""
        self.at += count
        if self.at > self._length:
            self.is_short = True

    def is_complete(self) -> bool:
        """Whether everything that was read was there, and nothing but zeros follows: the padding of encoders.

        Anything else behind the last field is a sign that fields were taken from wrong places.
        """
        if self.is_short:
            return False
        rest = int.from_bytes(self._bytes[self.at >> 3 :], "big")
        return rest & ((1 << (len(self._bytes) * 8 - self.at)) - 1) == 0


def is_readable(text: str) -> bool:
    """Whether a text is short enough and ASCII."""
    return len(text) <= LONGEST and text.isascii()


def read_bits(text: str) -> Bits | None:
    """The bits of base64url, six a character, with up to two `=` behind; None for other text and for none."""
    if text.endswith("="):
        text = text[:-2] if text.endswith("==") else text[:-1]
    if not text or not is_readable(text):
        return None
    raw = text.encode()
    if raw.translate(None, _ALPHABET):
        return None
    return Bits(urlsafe_b64decode(raw + b"A" * (-len(raw) % 4)), 6 * len(raw))
