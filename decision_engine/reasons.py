"""Why a decision has its outcome, and where it was served from, in OpenFeature's words."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """OpenFeature's resolution reasons (OpenFeature specification, section 2.2.5 and types)."""

    STATIC = "STATIC"
    DEFAULT = "DEFAULT"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    CACHED = "CACHED"
    DISABLED = "DISABLED"
    STALE = "STALE"
    ERROR = "ERROR"
    UNKNOWN = "UNKNOWN"


class ServingMode(StrEnum):
    """Where an outcome came from."""

    EDGE = "edge"
    CLOUD = "cloud"
    FALLBACK = "fallback"
    NEUTRAL = "neutral"
