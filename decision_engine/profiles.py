"""Writes what the edge reads of visitors: profile tokens, entries of the edge's KV, and sticky assignments.

The cloud calls it with what it knows and what the visitor agreed to; what the policy `profile` does not let out, stays.

    ProfileError    what was asked for cannot be minted: a mistake of the caller
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import NamedTuple

from decision_engine.compact_json import Json, compact
from decision_engine.hosts.python.base64url import encode_base64url
from decision_engine.hosts.python.profile import KEY_PREFIX, PROFILE, STICKY, STORED, Kind
from decision_engine.hosts.python.profile.content import MOST_LISTS, MOST_TAGS
from decision_engine.hosts.python.profile.envelope import (
    LONGEST_LIFETIME,
    NONCE_BYTES,
    SEALED,
    SIGNED,
    authenticated,
    is_key_id,
    is_pseudonym,
    mac_of,
    sealing_key,
)
from decision_engine.hosts.python.profile.sticky import MOST
from decision_engine.hosts.python.values import MAX_NUMBER, acceptor
from decision_engine.lowering.features import feature_spec
from decision_engine.tables import feature_table
from feature_registry import Registry
from feature_registry.documents import Feature, Profile
from feature_registry.profile_ids import profile_id

FEWEST_SECRET_BYTES = 16
MOST_TOP = 200

PROFILE_CODES: Mapping[str, str] = MappingProxyType(
    {
        "no-policy": "The registry has no policy `profile`, or none for sticky assignments.",
        "bad-key": "A key's id is not 1 to 32 letters, digits, `_` and `-`, or its secret is shorter than 16 bytes.",
        "bad-pseudonym": "What should be a pseudonym has not the form of one.",
        "no-timestamp": "Nothing says when a value was written, neither for the feature nor for its group.",
        "unknown-variation": "No experiment has the variation.",
        "profile-too-large": "A token has more than 2,048 characters, or an entry more than 4,096.",
    }
)
"""The codes of `ProfileError`."""


class ProfileError(Exception):
    """What was asked for cannot be minted. `code` is stable, `message` says what was expected and found."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(f"error[{code}] {message}\n  help: {help}")
        self.code = code
        self.message = message
        self.help = help


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key by its id: 1 to 32 letters, digits, `_` and `-`; the secret has at least 16 bytes. Raises ProfileError."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not is_key_id(self.id):
            message = f"expected a key's id of 1 to 32 letters, digits, `_` and `-`, found `{self.id[:64]}`"
            raise ProfileError("bad-key", message, "choose another id")
        if len(self.secret) < FEWEST_SECRET_BYTES:
            message = f"expected a secret of at least {FEWEST_SECRET_BYTES} bytes, found {len(self.secret)}"
            raise ProfileError("bad-key", message, "draw 32 random bytes")


class Known(NamedTuple):
    """What the cloud knows of a visitor: raw values by feature, and when they were written, in ms UTC.

    Times go by the feature's name, else by the name of its group in the policy.
    """

    values: Mapping[str, object]
    written: Mapping[str, int]


class Minted(NamedTuple):
    """A text for the edge, and the features that it does not hold, with the reason.

    Reasons: `not-in-profile` (the policy does not name it), `not-granted` (a purpose is missing), `not-a-value` (the
    feature's type does not take it).
    """

    text: str
    left_out: Mapping[str, str]


def mint_token(
    registry: Registry,
    key: SigningKey,
    pseudonym: str,
    known: Known,
    *,
    granted: Collection[str],
    at: int,
    nonce: bytes | None = None,
) -> Minted:
    """A visitor's token as of `at` (ms UTC), for the cookie or the header of the policy `profile`.

    `granted` are the purposes that the visitor agreed to. `nonce` is for tests: 12 bytes that no other token of the key
    has. Raises ProfileError.
    """
    return _mint(registry, key, pseudonym, known, PROFILE, granted=granted, at=at, nonce=nonce)


def mint_stored(
    registry: Registry,
    key: SigningKey,
    pseudonym: str,
    known: Known,
    *,
    granted: Collection[str],
    at: int,
    nonce: bytes | None = None,
) -> Minted:
    """A visitor's entry of the edge's KV, under `stored_key(pseudonym)`. As `mint_token`."""
    return _mint(registry, key, pseudonym, known, STORED, granted=granted, at=at, nonce=nonce)


def mint_sticky(
    registry: Registry,
    key: SigningKey,
    pseudonym: str,
    variations: Mapping[str, str],
    *,
    at: int,
    nonce: bytes | None = None,
) -> str:
    """The cookie with the variations that a visitor keeps, by experiment. Raises ProfileError."""
    policy = _policy(registry)
    if policy.sticky is None:
        help_line = 'add "sticky": {} to the policy'
        raise ProfileError("no-policy", "expected the policy `profile.sticky`, found none", help_line)
    if len(variations) > MOST:
        message = f"expected at most {MOST} experiments, found {len(variations)}"
        raise ProfileError("profile-too-large", message, "leave out those that have ended")
    for experiment, variation in variations.items():
        document = registry.experiments.get(experiment)
        if document is None or variation not in document.variations:
            message = f"expected a variation of an experiment, found `{variation[:64]}` of `{experiment[:64]}`"
            raise ProfileError("unknown-variation", message, "see the experiment's `variations`")
    content = [name for pair in sorted(variations.items()) for name in pair]
    return _seal(STICKY, key, pseudonym, content, policy.sticky.max_age, at, nonce, is_sealed=policy.encrypted)


def stored_key(pseudonym: str) -> str:
    """The key of a visitor's entry in the KV."""
    return KEY_PREFIX + pseudonym


def top_entry(pseudonyms: Sequence[str]) -> str:
    """The text of the KV's entry `profile/top`: who will likely come, the likeliest first; at most 200."""
    return compact([_checked(one) for one in pseudonyms[:MOST_TOP]])


def unseal(key: bytes, nonce: bytes, sealed: bytes, besides: bytes) -> bytes | None:
    """AES-256-GCM for the Python host: see `hosts.python.profile.Unseal`."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(nonce, sealed, besides)
    except InvalidTag:
        return None


def _mint(
    registry: Registry,
    key: SigningKey,
    pseudonym: str,
    known: Known,
    kind: Kind,
    *,
    granted: Collection[str],
    at: int,
    nonce: bytes | None,
) -> Minted:
    policy = _policy(registry)
    groups = {name: group for group, one in policy.groups.items() for name in one.features}
    left_out: dict[str, str] = {}
    lists: dict[int, list[Json]] = {}
    issued = at // 1000
    for name, value in known.values.items():
        reason = _reason(registry.features[name], name, value, granted) if name in groups else "not-in-profile"
        if reason is not None:
            left_out[name] = reason
            continue
        late = 1000 * issued - _written(known, name, groups[name])
        age = min(issued, max(0, -(-late // 1000)))  # rounded up: no value is told younger than it is
        lists.setdefault(age, []).extend([profile_id(name, registry.features[name].version), _json(value)])
    if len(lists) > MOST_LISTS:
        message = f"expected at most {MOST_LISTS} times of writing, found {len(lists)}"
        raise ProfileError("profile-too-large", message, "give the times of groups, not of features")
    content = [[age, *values] for age, values in sorted(lists.items())]
    text = _seal(kind, key, pseudonym, content, policy.max_age, at, nonce, is_sealed=policy.encrypted)
    return Minted(text, left_out)


def _reason(feature: Feature, name: str, value: object, granted: Collection[str]) -> str | None:
    """Why a value is left out; None where it goes."""
    if not all(purpose in granted for purpose in feature.purposes):
        return "not-granted"
    accept = acceptor(feature_table(feature_spec(name, feature)))
    raw = list(value) if isinstance(value, tuple) else value
    return None if _is_plain(raw) and accept(raw) is not None else "not-a-value"


def _is_plain(value: object) -> bool:
    match value:
        case bool():
            return True
        case int() | float():
            return isfinite(value) and abs(value) <= MAX_NUMBER
        case str():
            return _is_well_formed(value)
        case list():
            return len(value) <= MOST_TAGS and all(isinstance(item, str) and _is_well_formed(item) for item in value)
        case _:
            return False


def _is_well_formed(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _json(value: object) -> Json:
    """A whole number without its fraction is a few characters shorter."""
    is_short = isinstance(value, float) and value.is_integer() and str(value) != "-0.0"
    return int(value) if is_short and isinstance(value, float) else value


def _written(known: Known, name: str, group: str) -> int:
    for key in (name, group):
        if key in known.written:
            return known.written[key]
    message = f"expected when `{name}` was written, found a time neither for it nor for its group `{group}`"
    raise ProfileError("no-timestamp", message, "without it nobody can tell when the value is stale")


def _seal(
    kind: Kind,
    key: SigningKey,
    pseudonym: str,
    content: Json,
    lifetime: int,
    at: int,
    nonce: bytes | None,
    *,
    is_sealed: bool,
) -> str:
    _checked(pseudonym)
    seconds = min(lifetime // 1000, LONGEST_LIFETIME)
    payload = compact([pseudonym, at // 1000, seconds, content]).encode()
    if is_sealed:
        text = _encrypt(kind, key, payload, os.urandom(NONCE_BYTES) if nonce is None else nonce)
    else:
        head = f"{SIGNED}.{key.id}.{encode_base64url(payload)}"
        text = f"{head}.{encode_base64url(mac_of(kind, key.secret, head))}"
    if len(text) > kind.longest:
        message = f"expected at most {kind.longest} characters, found {len(text)}"
        raise ProfileError("profile-too-large", message, "hand over fewer features, or shorter texts")
    return text


def _checked(pseudonym: str) -> str:
    if not is_pseudonym(pseudonym):
        message = f"expected a pseudonym of 22 characters of base64url, found `{pseudonym[:64]}`"
        raise ProfileError("bad-pseudonym", message, "hosts.python.pseudonyms.pseudonym makes one of a visitor's id")
    return pseudonym


def _encrypt(kind: Kind, key: SigningKey, payload: bytes, nonce: bytes) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    head = f"{SEALED}.{key.id}"
    sealed = AESGCM(sealing_key(key.secret)).encrypt(nonce, payload, authenticated(kind, head))
    return f"{head}.{encode_base64url(nonce + sealed)}"


def _policy(registry: Registry) -> Profile:
    policy = registry.policies.profile
    if policy is None:
        help_line = "docs/profile.md says what it holds"
        raise ProfileError("no-policy", "expected the policy `profile`, found none", help_line)
    return policy
