"""The envelope of what the cloud signs for one visitor: profile tokens, profiles in the KV, sticky assignments.

    1.KEY.PAYLOAD.MAC       signed
    1s.KEY.SEALED           sealed: nobody else can read it

KEY is the id of the key; all parts behind it are base64url. MAC is HMAC-SHA256 over a text that names the kind, a line
feed, and what stands before the MAC. SEALED is 12 bytes that are used once, and AES-256-GCM's ciphertext with its tag;
authenticated with it are the kind, a line feed, and what stands before SEALED. The payload is strict JSON:

    [PSEUDONYM, ISSUED, LIFETIME, CONTENT]

ISSUED is in seconds UTC, LIFETIME in seconds. The standard library has no AES: who can open what is sealed hands it in.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from ..base64url import decode_base64url
from ..errors import RequestError
from ..strict_json import parse

TOLERANCE = 300_000
"""How far the clock of who issued may be ahead, in ms."""

LATEST = 253_402_300_799
LONGEST_LIFETIME = 400 * 86_400
NONCE_BYTES = 12
SIGNED: Final = "1"
SEALED: Final = "1s"

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_PSEUDONYM = re.compile(r"[A-Za-z0-9_-]{22}")
_MAC_CHARACTERS = 43
_TAG_BYTES = 16
_MEMBERS = 4
_SIGNED_PARTS = 4
_SEALED_PARTS = 3
_SEALING = b"edgewise-sealing"


class Kind(NamedTuple):
    """A kind of envelope: what its MAC begins with, so that no kind passes for another; its most characters."""

    context: str
    longest: int


PROFILE = Kind("edgewise-profile", 2048)
"""What a visitor carries."""
STORED = Kind("edgewise-stored", 4096)
"""What the KV keeps for a visitor."""
STICKY = Kind("edgewise-sticky", 2048)
"""Which variations a visitor keeps."""


class Refusal(StrEnum):
    """Why an envelope does not count."""

    LENGTH = "too-long"
    UNREADABLE = "unreadable"
    KEY = "unknown-key"
    MAC = "bad-mac"
    FOREIGN = "foreign"
    EARLY = "not-yet-valid"
    EXPIRED = "expired"


class Letter(NamedTuple):
    """An authentic payload: the visitor it is for, its times in ms UTC, and what it says."""

    pseudonym: str
    issued: int
    expires: int
    content: object


Unseal: TypeAlias = Callable[[bytes, bytes, bytes, bytes], bytes | None]
"""AES-256-GCM: (key, nonce, ciphertext with tag, what is authenticated besides) -> the text, None for a wrong tag."""


def open_envelope(
    text: str, kind: Kind, secrets: Mapping[str, bytes], unseal: Unseal | None = None
) -> Letter | Refusal:
    """Open an envelope: who it is for and when it counts is for `refusal_of`."""
    if _length(text) > kind.longest:
        return Refusal.LENGTH
    parts = text.split(".", _SIGNED_PARTS)
    is_signed = len(parts) == _SIGNED_PARTS and parts[0] == SIGNED
    if not is_signed and not (len(parts) == _SEALED_PARTS and parts[0] == SEALED):
        return Refusal.UNREADABLE
    if not is_key_id(parts[1]):
        return Refusal.UNREADABLE
    head, _, last = text.rpartition(".")
    code = None if is_signed and len(last) != _MAC_CHARACTERS else decode_base64url(last)
    if code is None or (not is_signed and len(code) <= NONCE_BYTES + _TAG_BYTES):
        return Refusal.UNREADABLE
    secret = secrets.get(parts[1])
    if secret is None:
        return Refusal.KEY
    if not is_signed:
        return _unsealed(code, secret, authenticated(kind, head), unseal)
    if not head.isascii() or not hmac.compare_digest(mac_of(kind, secret, head), code):
        return Refusal.MAC
    payload = decode_base64url(parts[2])
    return Refusal.UNREADABLE if payload is None else _read_letter(payload)


def refusal_of(letter: Letter, pseudonym: str, at: int, longest: int | None = None) -> Refusal | None:
    """Why a letter does not count for the visitor at `at`; `longest` is how old it may be in ms, whatever it says."""
    if letter.pseudonym != pseudonym:
        return Refusal.FOREIGN
    if letter.issued > at + TOLERANCE:
        return Refusal.EARLY
    is_old = at >= letter.expires or (longest is not None and at >= letter.issued + longest)
    return Refusal.EXPIRED if is_old else None


def mac_of(kind: Kind, secret: bytes, head: str) -> bytes:
    """The MAC over what stands before it."""
    return hmac.digest(secret, authenticated(kind, head), "sha256")


def authenticated(kind: Kind, head: str) -> bytes:
    """The bytes that a MAC, or a seal, is made over."""
    return f"{kind.context}\n{head}".encode()


def sealing_key(secret: bytes) -> bytes:
    """The key of AES-256 that belongs to a secret."""
    return hmac.digest(secret, _SEALING, "sha256")


def is_key_id(text: str) -> bool:
    """Whether a text can be the id of a key."""
    return _KEY_ID.fullmatch(text) is not None


def is_pseudonym(value: object) -> bool:
    """Whether a value can be the pseudonym of a letter."""
    return isinstance(value, str) and _PSEUDONYM.fullmatch(value) is not None


def is_whole(value: object, most: float) -> bool:
    """Whether a value is a whole number from 0 to a limit; numbers of strict JSON are floats."""
    return isinstance(value, float) and value.is_integer() and 0 <= value <= most


def _length(text: str) -> int:
    """UTF-16 units, as the JavaScript host counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _unsealed(code: bytes, secret: bytes, besides: bytes, unseal: Unseal | None) -> Letter | Refusal:
    if unseal is None:
        return Refusal.UNREADABLE
    opened = unseal(sealing_key(secret), code[:NONCE_BYTES], code[NONCE_BYTES:], besides)
    return Refusal.MAC if opened is None else _read_letter(opened)


def _read_letter(data: bytes) -> Letter | Refusal:
    try:
        value = parse(data)
    except RequestError:
        return Refusal.UNREADABLE
    if not isinstance(value, list) or len(value) != _MEMBERS:
        return Refusal.UNREADABLE
    pseudonym, issued, lifetime, content = value
    if not (is_pseudonym(pseudonym) and is_whole(issued, LATEST) and is_whole(lifetime, LONGEST_LIFETIME)):
        return Refusal.UNREADABLE
    return Letter(pseudonym, int(issued) * 1000, int(issued + lifetime) * 1000, content)
