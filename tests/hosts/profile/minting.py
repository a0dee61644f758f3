"""Mints envelopes by the description of the format alone: good ones, and every kind of bad one."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PROFILE, STORED, STICKY = "edgewise-profile", "edgewise-stored", "edgewise-sticky"
SECRETS = {"k1": b"a first test key, of 32 bytes...", "k2": b"a second test key of 32 bytes..."}
AT = 1_795_219_200_000
DAY = 86_400_000
NONCE = bytes(range(12))


def text_of(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def pseudonym(key: bytes, tenant: str, unit: str) -> str:
    return text_of(hmac.new(key, f"{tenant}|{unit}".encode(), hashlib.sha256).digest()[:16])


def feature_id(name: str, version: int = 1) -> str:
    return text_of(hashlib.sha256(f"edgewise-profile-feature\n{name}\n{version}".encode()).digest()[:3])


def letter(whom: str, content: Any, *, issued: int = AT, lifetime: int = 30 * DAY) -> bytes:
    return json.dumps([whom, issued // 1000, lifetime // 1000, content], separators=(",", ":")).encode()


def sign(
    payload: bytes | str, context: str = PROFILE, key: str = "k1", *, version: str = "1", secret: bytes = b""
) -> str:
    body = payload if isinstance(payload, str) else text_of(payload)
    head = f"{version}.{key}.{body}"
    mac = hmac.new(secret or SECRETS[key], f"{context}\n{head}".encode(), hashlib.sha256).digest()
    return f"{head}.{text_of(mac)}"


def seal(payload: bytes, context: str = PROFILE, key: str = "k1", nonce: bytes = NONCE) -> str:
    secret = hmac.new(SECRETS[key], b"edgewise-sealing", hashlib.sha256).digest()
    head = f"1s.{key}"
    sealed = AESGCM(secret).encrypt(nonce, payload, f"{context}\n{head}".encode())
    return f"{head}.{text_of(nonce + sealed)}"


VISITOR = pseudonym(SECRETS["k1"], "shop", "visitor-1")
OTHER = pseudonym(SECRETS["k1"], "shop", "visitor-2")

TABLE: dict[str, Any] = {
    "tenant": "shop",
    "cookie": "ew_profile",
    "header": None,
    "max_age": 30 * DAY,
    "groups": [{"name": "crm", "ttl": 300_000}, {"name": "web", "ttl": 3_600_000}],
    "features": [
        {"id": feature_id("loyalty", 2), "name": "loyalty", "path": "profile.loyalty", "group": 0},
        {"id": feature_id("worth"), "name": "worth", "path": "profile.worth", "group": 0},
        {"id": feature_id("likes"), "name": "likes", "path": "profile.likes", "group": 1},
        {"id": feature_id("is_member"), "name": "is_member", "path": "crm.member", "group": 1},
        {"id": feature_id("loyalty_text"), "name": "loyalty_text", "path": "profile.loyalty", "group": 1},
    ],
    "store": {"timeout": 50, "absent": 60_000, "entries": 3, "warm": 0},
    "sticky": {"cookie": "ew_sticky", "max_age": 90 * DAY},
}
CONTENT = [
    [60, feature_id("loyalty", 2), "gold", feature_id("worth"), 1250.5],
    [7200, feature_id("likes"), ["shoes", "bags"], feature_id("is_member"), True],
]
