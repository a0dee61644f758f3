"""The keys that the shop and its edge share: the shop signs with them, the edge verifies. Drawn anew at every start."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field

from decision_engine.hosts.python.base64url import encode_base64url
from decision_engine.hosts.python.delivery import Forced, write_preview
from decision_engine.hosts.python.pseudonyms import pseudonym
from decision_engine.profiles import Known, SigningKey, mint_token
from feature_registry import Registry

KEY = "northfold"
PURPOSES = ("storage", "personalisation", "analytics")
DAY_SECONDS = 86_400


def _draw() -> bytes:
    return secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Keys:
    """A key that signs tokens and preview links, and the one behind pseudonyms."""

    signing: bytes = field(default_factory=_draw, repr=False)
    pseudonym: bytes = field(default_factory=_draw, repr=False)

    def environment(self) -> str:
        """The value of `EDGEWISE_KEYS`."""
        return json.dumps({"pseudonym": encode_base64url(self.pseudonym), KEY: encode_base64url(self.signing)})

    def token(self, registry: Registry, visitor: str, tier: str) -> str:
        """What tells the edge that a visitor, who agreed to all purposes, is a member of this tier."""
        profile = registry.policies.profile
        assert profile is not None, "the shop's registry has the policy"
        now = time.time_ns() // 1_000_000
        name = pseudonym(self.pseudonym, profile.tenant, visitor)
        known = Known({"loyalty": tier}, {"crm": now})
        return mint_token(registry, SigningKey(KEY, self.signing), name, known, granted=PURPOSES, at=now).text

    def preview(self, experiment: str, variation: str) -> str:
        """The token that shows a variation to who has it, for a day."""
        forced = [Forced("experiment", experiment, variation)]
        return write_preview(KEY, self.signing, forced, expires=int(time.time()) + DAY_SECONDS)
