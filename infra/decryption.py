"""Opens the encrypted parts of GrowthBook's documents: AES-CBC of 128 bits, `iv.ciphertext` in Base64."""

from __future__ import annotations

import base64
import binascii

from feature_registry import error
from infra.errors import NOWHERE, InfraError, UsageError


def decrypt(text: str, key: str) -> bytes:
    """The plain bytes. Raises UsageError for a key that is none, InfraError for what it does not open."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    secret = _bytes(key)
    if secret is None or len(secret) != 16:
        raise UsageError("expected a decryption key of 16 bytes in Base64", "GrowthBook shows it at the SDK connection")
    first, _, second = text.partition(".")
    start, body = _bytes(first), _bytes(second)
    try:
        if start is None or body is None or not body:
            raise ValueError
        opened = Cipher(algorithms.AES(secret), modes.CBC(start)).decryptor()
        unpad = PKCS7(128).unpadder()
        return unpad.update(opened.update(body) + opened.finalize()) + unpad.finalize()
    except ValueError as problem:
        message = "expected an encrypted part that the key opens, found one that it does not"
        raise InfraError([error("decryption-failed", message, NOWHERE, "is it the key of this document?")]) from problem


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
