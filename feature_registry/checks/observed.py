"""Features read from what hosts observe of a visitor: a name, a type or a value that never comes is likely a slip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from feature_registry.checks.draft import Draft, Spot
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Feature
from feature_registry.nearest import listed, suggestion
from feature_registry.values import FeatureType

_TEXT, _NUMBER = (FeatureType.CATEGORY, FeatureType.TEXT), (FeatureType.NUMBER,)


@dataclass(frozen=True, slots=True)
class _Observed:
    """What comes at a path: of which types, and, where the list is closed, which values."""

    types: tuple[FeatureType, ...]
    values: tuple[str, ...] | None = None


OBSERVED: Mapping[str, _Observed] = MappingProxyType(
    {
        "device.type": _Observed(_TEXT, ("desktop", "mobile", "tablet", "tv", "bot", "other")),
        "language.best": _Observed(_TEXT),
        "local.hour": _Observed(_NUMBER),
        "local.minute": _Observed(_NUMBER),
        "local.weekday": _Observed(_NUMBER),
        "local.part_of_day": _Observed(_TEXT, ("night", "morning", "afternoon", "evening")),
    }
)
"""What docs/reference/visitor.md promises."""

_WHOLE_GROUPS = ("language", "local")
"""Groups in which nothing else is observed; `device` has hints besides."""


def observed_features(draft: Draft) -> Iterator[Diagnostic]:
    """Warnings: a request's own object may give whatever it likes under these names, but no header does."""
    for name, feature in draft.registry.features.items():
        if feature.source is None or feature.reading is not None:
            continue
        found = OBSERVED.get(feature.source)
        if found is not None:
            yield from _mismatches(draft, name, feature, found)
        elif feature.path[0] in _WHOLE_GROUPS:
            known = [path for path in OBSERVED if path.startswith(f"{feature.path[0]}.")]
            message = f"expected {listed(known)}, found `{feature.source}`, which is never observed"
            help_line = suggestion(feature.source, known, "paths")
            yield draft.warning("never-observed", Spot("features", name, "/from"), message, help_line)


def _mismatches(draft: Draft, name: str, feature: Feature, found: _Observed) -> Iterator[Diagnostic]:
    if feature.type not in found.types:
        message = f"expected the type {listed(found.types)} for `{feature.source}`, found {feature.type}"
        help_line = "a value of another type is missing"
        yield draft.warning("never-observed", Spot("features", name, "/type"), message, help_line)
        return
    for place, value in enumerate(feature.values or () if found.values is not None else ()):
        assert found.values is not None
        if value not in found.values:
            message = f"expected what `{feature.source}` can be, found `{value}`, which is never observed"
            help_line = suggestion(value, found.values, "values") or f"they are {listed(found.values)}"
            yield draft.warning("never-observed", Spot("features", name, f"/values/{place}"), message, help_line)
