"""Rules about the policy of profiles: what visitors carry between two releases."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.compatibility.rule import Comparison, CompatibilityRule, Hit, Weight, changed, duration
from feature_registry.documents import Profile

_SPOT = ("policies", "profile")


def _opened(both: Comparison) -> Iterator[Hit]:
    for old, new in _pair(both):
        if old.encrypted and not new.encrypted:
            yield Hit(_SPOT, "/encrypted", "profiles are signed, and no longer encrypted")


def _unbound(both: Comparison) -> Iterator[Hit]:
    for old, new in _pair(both):
        told = (
            changed("/tenant", old.tenant, new.tenant, "the tenant"),
            changed("/cookie", old.cookie, new.cookie, "the cookie"),
            changed("/header", old.header, new.header, "the header") if old.header is not None else None,
        )
        yield from (Hit(_SPOT, *one) for one in told if one is not None)


def _kept_longer(both: Comparison) -> Iterator[Hit]:
    for old, new in _pair(both):
        if new.max_age > old.max_age:
            message = f"tokens count for {duration(new.max_age)} instead of {duration(old.max_age)}"
            yield Hit(_SPOT, "/max_age", message)


def _pair(both: Comparison) -> Iterator[tuple[Profile, Profile]]:
    """The policy of both registries, where both have it."""
    old, new = both.old.policies.profile, both.new.policies.profile
    if old is not None and new is not None:
        yield old, new


PROFILE_RULES: tuple[CompatibilityRule, ...] = (
    CompatibilityRule(
        "profile-opened",
        Weight.BREAKING,
        "Profiles are no longer encrypted.",
        "Visitors, and every script of the page, can read what only the edge could.",
        "keep the encryption, or allow it by name when those who answer for privacy agree",
        _opened,
    ),
    CompatibilityRule(
        "profile-unbound",
        Weight.BREAKING,
        "The tenant, the cookie or the header of profiles changes.",
        "The tokens that visitors carry are not found, or are foreign, until they are minted anew.",
        "keep it; else mint all tokens anew before the release",
        _unbound,
    ),
    CompatibilityRule(
        "profile-kept-longer",
        Weight.BREAKING,
        "Tokens count for longer.",
        "They were handed out under the promise of the shorter time.",
        "ask who answers for privacy, then allow it by name",
        _kept_longer,
    ),
)
