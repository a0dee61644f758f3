"""Rules about policies and environments."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from feature_registry.compatibility.rule import Comparison, CompatibilityRule, Hit, Weight, changed, duration, shown


def _units_removed(both: Comparison) -> Iterator[Hit]:
    gone = [one for one in both.old.policies.identity.units if one not in both.new.policies.identity.units]
    if gone:
        yield Hit(("policies", "identity"), "/units", f"the units lose {shown(gone)}")


def _cookie(both: Comparison) -> Iterator[Hit]:
    old, new = both.old.policies.identity, both.new.policies.identity
    told = changed("/cookie", old.cookie, new.cookie, "the cookie") or changed("/unit", old.unit, new.unit, "its unit")
    if told is not None:
        yield Hit(("policies", "identity"), *told)


def _cookie_set(both: Comparison) -> Iterator[Hit]:
    if both.new.policies.identity.set_cookie and not both.old.policies.identity.set_cookie:
        yield Hit(("policies", "identity"), "/set_cookie", "the edge sets a cookie that it did not set")


def _ids_sent(both: Comparison) -> Iterator[Hit]:
    old, new = both.old.policies.hybrid, both.new.policies.hybrid
    before = () if old is None else old.units
    added = [] if new is None else [one for one in new.units if one not in before]
    if added:
        yield Hit(("policies", "hybrid"), "/units", f"the ids of {shown(added)} are sent to the cloud")


def _purposes_removed(both: Comparison) -> Iterator[Hit]:
    old, new = both.old.policies.consent, both.new.policies.consent
    if old is not None:
        gone = [one for one in old.purposes if new is None or one not in new.purposes]
        if gone:
            yield Hit(("policies", "consent"), "/purposes", f"the purposes lose {shown(gone)}")


def _retention(both: Comparison) -> Iterator[Hit]:
    old, new = both.old.policies, both.new.policies
    for what in ("telemetry", "exposures"):
        was, now = getattr(old.retention, what), getattr(new.retention, what)
        if _is_longer(was, now):
            message = f"{what} are kept for {duration(now)} instead of {duration(was)}"
            yield Hit(("policies", "retention"), f"/{what}", message)
    if new.identity.max_age > old.identity.max_age:
        message = f"the cookie lives for {duration(new.identity.max_age)} instead of {duration(old.identity.max_age)}"
        yield Hit(("policies", "identity"), "/max_age", message)


def _is_longer(was: int | None, now: int | None) -> bool:
    return (inf if now is None else now) > (inf if was is None else was)


def _cell(both: Comparison) -> Iterator[Hit]:
    old, new = both.old.policies.privacy.minimum_cell, both.new.policies.privacy.minimum_cell
    if new < old:
        message = f"the smallest group changes from {shown(old)} to {shown(new)}"
        yield Hit(("policies", "privacy"), "/minimum_cell", message)


def _environments(both: Comparison) -> Iterator[Hit]:
    for kind, name in both.changes.removed:
        if kind == "environments":
            yield Hit((kind, name), "", f"the environment `{name}` is removed")


POLICY_RULES: tuple[CompatibilityRule, ...] = (
    CompatibilityRule(
        "unit-removed",
        Weight.BREAKING,
        "A unit is no longer bucketed.",
        "Requests that name it are not enrolled by it any more.",
        "retire the experiments of the unit first",
        _units_removed,
    ),
    CompatibilityRule(
        "identity-cookie-changed",
        Weight.BREAKING,
        "The cookie that names the visitor gets another name, or names another unit.",
        "The edge does not find the ids of known visitors: everyone is new, and drawn anew in every experiment.",
        "keep the cookie; a rename needs a time in which pages copy the old one",
        _cookie,
    ),
    CompatibilityRule(
        "identity-cookie-set",
        Weight.BREAKING,
        "The edge begins to set the visitor's cookie.",
        "A cookie that tells visitors apart needs their consent in many countries.",
        "ask who answers for privacy, then allow it by name",
        _cookie_set,
    ),
    CompatibilityRule(
        "hybrid-ids-sent",
        Weight.BREAKING,
        "The edge begins to send ids of a unit when it asks the cloud.",
        "Ids tell visitors apart: they stayed at the edge so far.",
        "ask who answers for privacy, then allow it by name",
        _ids_sent,
    ),
    CompatibilityRule(
        "consent-purpose-removed",
        Weight.BREAKING,
        "A purpose is no longer asked for.",
        "Visitors who refused it have no way to do so any more.",
        "take the purpose out of all features, and let a release go by",
        _purposes_removed,
    ),
    CompatibilityRule(
        "retention-extended",
        Weight.BREAKING,
        "Records, or the visitor's cookie, are kept for longer.",
        "They were collected under the promise of the shorter time.",
        "ask who answers for privacy, then allow it by name",
        _retention,
    ),
    CompatibilityRule(
        "privacy-cell-lowered",
        Weight.BREAKING,
        "Reports may show smaller groups.",
        "In a small group a person can be recognised.",
        "keep the size, or allow it by name when those who answer for privacy agree",
        _cell,
    ),
    CompatibilityRule(
        "environment-removed",
        Weight.BREAKING,
        "An environment is removed.",
        "Its nodes get no release any more and end with neutral outcomes.",
        "take the nodes out of service first",
        _environments,
    ),
)
