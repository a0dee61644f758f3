"""What stands for features in profiles: short ids that outlive a release, and that change with a feature's version."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode

_CONTEXT = "edgewise-profile-feature"
_BYTES = 3


def profile_id(name: str, version: int) -> str:
    """The id of a feature: 24 bits of a hash as four characters of base64url."""
    digest = hashlib.sha256(f"{_CONTEXT}\n{name}\n{version}".encode()).digest()
    return urlsafe_b64encode(digest[:_BYTES]).decode()
