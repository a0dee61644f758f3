"""The privacy score of a feature: points for what its contract says, and where a feature of that score may go.

The points add up, and the score alone decides: up to 4 a feature may go to the edge, up to 6 it stays in the cloud, and
beyond that it only leaves as part of an aggregate. The page docs/reference/privacy.md has every combination.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from feature_registry.documents import Feature


class Destination(StrEnum):
    """Where a feature may go; each place includes those after it."""

    EDGE = "edge"
    CLOUD = "cloud"
    AGGREGATE = "aggregate"


DATA_CLASSES: Mapping[str, int] = MappingProxyType({"anonymous": 0, "pseudonymous": 1, "personal": 2, "sensitive": 5})
"""Points for what the value says about a person, rising."""

LINKABILITIES: Mapping[str, int] = MappingProxyType({"none": 0, "group": 1, "individual": 3})
"""Points for whom the value points at, rising."""

USUAL_LINKABILITY: Mapping[str, str] = MappingProxyType(
    {"anonymous": "none", "pseudonymous": "group", "personal": "group", "sensitive": "individual"}
)
"""The linkability of a feature that names none, by its data class."""

WITHOUT_PURPOSE = 1
"""Points for a feature that names no purpose: nobody can deny it."""

BOUND_TO_REGION = 1
"""Points for a feature that must stay in a region: edges stand everywhere."""

MOST_AT_EDGE = 4
MOST_IN_CLOUD = 6


@dataclass(frozen=True, slots=True)
class PrivacyScore:
    """The points of a feature by what gives them."""

    data_class: int
    linkability: int
    purposes: int
    region: int

    @property
    def total(self) -> int:
        """The score."""
        return self.data_class + self.linkability + self.purposes + self.region

    @property
    def destination(self) -> Destination:
        """Where a feature of this score may go."""
        if self.total <= MOST_AT_EDGE:
            return Destination.EDGE
        return Destination.CLOUD if self.total <= MOST_IN_CLOUD else Destination.AGGREGATE


def score(data_class: str, linkability: str, *, has_purposes: bool, has_region: bool) -> PrivacyScore:
    """The score of a combination."""
    return PrivacyScore(
        DATA_CLASSES[data_class],
        LINKABILITIES[linkability],
        0 if has_purposes else WITHOUT_PURPOSE,
        BOUND_TO_REGION if has_region else 0,
    )


def linkability_of(feature: Feature) -> str:
    """The feature's linkability, as it is written or as is usual for its data class."""
    return feature.linkability or USUAL_LINKABILITY[feature.data_class]


def privacy_score(feature: Feature) -> PrivacyScore:
    """The score of a feature."""
    return score(
        feature.data_class,
        linkability_of(feature),
        has_purposes=bool(feature.purposes),
        has_region=feature.region is not None,
    )


def reasons(feature: Feature) -> str:
    """What gives the feature its points, in words."""
    found = privacy_score(feature)
    parts = [
        f"{feature.data_class} data {found.data_class}",
        f"linkability {linkability_of(feature)} {found.linkability}",
    ]
    if found.purposes:
        parts.append(f"no purposes {found.purposes}")
    if found.region:
        parts.append(f"bound to a region {found.region}")
    return ", ".join(parts)
