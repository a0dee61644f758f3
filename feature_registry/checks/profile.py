"""The policy `profile`: its features are identity features that may go to the edge, each in one group."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.checks.draft import Draft, Spot
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Feature
from feature_registry.documents.profile_policy import MOST_FEATURES, Profile
from feature_registry.findings import short
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import suggestion
from feature_registry.privacy import Destination, privacy_score
from feature_registry.profile_ids import profile_id

_READABLE = ("anonymous", "pseudonymous")
"""Data classes that may stand in a token which the visitor's browser, and whoever uses it, can read."""


def profile_features(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for features of the policy that do not exist, or that profiles cannot hold."""
    policy = _policy(draft)
    if policy is None or not draft.is_complete:
        return
    for spot, name in _named(policy):
        feature = draft.registry.features.get(name)
        if name not in draft.names("features"):
            help_line = suggestion(name, draft.names("features"), "features")
            yield draft.error("unknown-feature", spot, f"unknown feature `{short(name)}`", help_line)
        elif feature is not None and draft.is_sound("features", name):
            yield from _misfit(draft, spot, name, feature)
            if not policy.encrypted and feature.data_class not in _READABLE:
                message = f"expected encrypted profiles, since `{name}` is {feature.data_class}, found signed ones"
                help_line = 'add "encrypted": true to the policy, or take the feature out'
                yield draft.error("readable-profile", spot, message, help_line)


def profile_groups(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for features that stand in two groups or that ids do not tell apart, and for too many of them."""
    policy = _policy(draft)
    if policy is None:
        return
    names: set[str] = set()
    owners: dict[str, str] = {}
    for spot, name in _named(policy):
        if name in names:
            message = f"expected each feature in one group, found `{name}` again"
            yield draft.error("repeated-value", spot, message, "leave it in the group of the system that writes it")
            continue
        names.add(name)
        feature = draft.registry.features.get(name)
        owner = name if feature is None else owners.setdefault(profile_id(name, feature.version), name)
        if owner != name:
            message = f"expected features with ids of their own, found that of `{owner}` on `{name}`"
            yield draft.error("same-id", spot, message, f"raise the version of `{name}`, or rename it")
        if len(names) == MOST_FEATURES + 1:
            message = f"expected at most {MOST_FEATURES} features in all groups, found more"
            yield draft.error("too-many-features", spot, message, "leave out those that no decision at the edge reads")


def profile_cookies(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for cookies that others use."""
    policy = _policy(draft)
    if policy is None:
        return
    taken = {draft.registry.policies.identity.cookie: "identity"}
    consent = draft.registry.policies.consent
    if consent is not None and consent.gate is not None:
        gate = consent.gate
        taken |= dict.fromkeys((gate.tcf_cookie, gate.gpp_cookie, gate.receipt_cookie), "consent")
    sticky = None if policy.sticky is None else policy.sticky.cookie
    cookies = [("/cookie", policy.cookie), ("/sticky/cookie", sticky)]
    for at, cookie in cookies:
        if cookie is not None and cookie in taken:
            message = f"expected a cookie of its own, found `{cookie}`, which is that of `{taken[cookie]}`"
            yield draft.error("repeated-value", _nearest(policy, at), message, "choose another name")
        taken[cookie or ""] = "profile"


def _misfit(draft: Draft, spot: Spot, name: str, feature: Feature) -> Iterator[Diagnostic]:
    if feature.source is None:
        found, help_line = "a derived one", "list the features that it is derived from"
    elif feature.kind != "identity":
        found, help_line = "one that comes with the request", 'add "kind": "identity" to the feature, or take it out'
    elif feature.tier not in (1, 2):
        found, help_line = f"tier {feature.tier}", "tier 3 stays in the cloud: take it out"
    elif privacy_score(feature).destination is not Destination.EDGE:
        found, help_line = "one that is too private for the edge", "docs/reference/privacy.md has the score"
    else:
        return
    message = f"expected an identity feature of tier 1 or 2, found `{name}`, {found}"
    yield draft.error("not-in-profile", spot, message, help_line)


def _policy(draft: Draft) -> Profile | None:
    return draft.registry.policies.profile if draft.is_sound("policies", "profile") else None


def _named(policy: Profile) -> Iterator[tuple[Spot, str]]:
    for group, one in policy.groups.items():
        for index, name in enumerate(one.features):
            yield Spot("policies", "profile", pointer_to("groups", group, "features", str(index))), name


def _nearest(policy: Profile, at: str) -> Spot:
    """The member where it is written, else what it is a default of."""
    if at == "/cookie":
        return Spot("policies", "profile", at if "cookie" in policy.model_fields_set else "")
    is_written = policy.sticky is not None and "cookie" in policy.sticky.model_fields_set
    return Spot("policies", "profile", at if is_written else "/sticky")
