"""Features of the registry as hosts need them: paths, types, defaults, ranges, ages."""

from __future__ import annotations

from decision_engine.ir.nodes import FeatureSpec
from feature_registry import Feature, Registry


def feature_specs(registry: Registry) -> tuple[FeatureSpec, ...]:
    """The host's description of every feature that is read from the request; a derived one is none of its business."""
    return tuple(
        feature_spec(name, feature) for name, feature in registry.features.items() if feature.derivation is None
    )


def feature_spec(name: str, feature: Feature) -> FeatureSpec:
    """The host's description of the feature `name`; durations and times in ms."""
    low, high = feature.bounds if feature.bounds is not None else (None, None)
    return FeatureSpec(
        name=name,
        type=feature.type.value,
        path=feature.path,
        default=_default(feature),
        values=None if feature.values is None else tuple(feature.values),
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        max_age=feature.max_age,
        purposes=tuple(feature.purposes),
        tier=feature.tier,
        version=feature.version,
        reading=feature.reading,
    )


def _default(feature: Feature) -> bool | float | str | tuple[str, ...] | None:
    """The default in the form that requests have."""
    default = feature.default
    if isinstance(default, bool | str) or default is None:
        return default
    if isinstance(default, int | float):
        return float(default)
    return tuple(default)
