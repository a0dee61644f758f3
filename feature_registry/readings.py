"""Readings: how a feature takes raw values of other types, as the systems do that imported registries come from.

Without a reading nothing is coerced. docs/reference/host.md says what each reading makes of each raw value.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from feature_registry.values import FeatureType

READINGS: Mapping[str, tuple[FeatureType, ...]] = MappingProxyType(
    {
        "truth": (FeatureType.BOOL,),
        "number": (FeatureType.NUMBER, FeatureType.TAGS),
        "size": (FeatureType.NUMBER,),
        "largest": (FeatureType.NUMBER,),
        "smallest": (FeatureType.NUMBER,),
        "kind": (FeatureType.CATEGORY,),
        "text": (FeatureType.TEXT, FeatureType.TAGS),
        "lower-case": (FeatureType.TEXT, FeatureType.TAGS),
        "json": (FeatureType.TEXT, FeatureType.TAGS),
        "texts": (FeatureType.TAGS,),
        "padded-version": (FeatureType.TEXT,),
        "lenient-version": (FeatureType.VERSION,),
    }
)
"""Each reading with the types of features that can have it."""
