"""The tables of profiles: which features tokens and the KV bring, under which ids, as both hosts read them."""

from __future__ import annotations

from decision_engine.hosts.python.profile import Group, ProfileFeature, ProfileTable, StickyTable, StoreTable
from feature_registry import Registry
from feature_registry.documents.profile_policy import ProfileStore, Sticky
from feature_registry.profile_ids import profile_id


def profile_table(registry: Registry) -> ProfileTable | None:
    """The table; None without the policy."""
    policy = registry.policies.profile
    if policy is None:
        return None
    groups: list[Group] = [{"name": name, "ttl": group.ttl} for name, group in policy.groups.items()]
    return {
        "tenant": policy.tenant,
        "cookie": policy.cookie,
        "header": policy.header,
        "max_age": policy.max_age,
        "groups": groups,
        "features": [
            _feature(registry, name, place)
            for place, group in enumerate(policy.groups.values())
            for name in group.features
        ],
        "store": None if policy.store is None else _store(policy.store),
        "sticky": None if policy.sticky is None else _sticky(policy.sticky),
    }


def _feature(registry: Registry, name: str, group: int) -> ProfileFeature:
    feature = registry.features[name]
    return {
        "id": profile_id(name, feature.version),
        "name": name,
        "path": ".".join(feature.path),
        "group": group,
    }


def _store(store: ProfileStore) -> StoreTable:
    return {"timeout": store.timeout, "absent": store.absent, "entries": store.entries, "warm": store.warm}


def _sticky(sticky: Sticky) -> StickyTable:
    return {"cookie": sticky.cookie, "max_age": sticky.max_age}
