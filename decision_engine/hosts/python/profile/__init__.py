"""Profiles: what the cloud knows of a visitor, brought by a signed token or kept in the edge's KV."""

from .content import Content, Written
from .counters import Counters, hit_ratios
from .envelope import PROFILE, STICKY, STORED, Kind, Letter, Refusal, Unseal, open_envelope, refusal_of
from .profiles import KEY_PREFIX, Profiles
from .sticky import Sticking
from .stored import Found, Kv, Store
from .tables import Group, Profile, ProfileFeature, ProfileTable, StickyTable, StoreTable

__all__ = [
    "KEY_PREFIX",
    "PROFILE",
    "STICKY",
    "STORED",
    "Content",
    "Counters",
    "Found",
    "Group",
    "Kind",
    "Kv",
    "Letter",
    "Profile",
    "ProfileFeature",
    "ProfileTable",
    "Profiles",
    "Refusal",
    "Sticking",
    "StickyTable",
    "Store",
    "StoreTable",
    "Unseal",
    "Written",
    "hit_ratios",
    "open_envelope",
    "refusal_of",
]
