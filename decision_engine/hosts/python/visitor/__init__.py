"""What a request shows of its visitor: the device's type, the best language, local time, the place by CDN headers."""

from __future__ import annotations

from .device import agent_type, observe_type
from .geo import CDNS, place_of
from .language import Languages, language_reader, read_languages
from .local import LocalTimes
from .observer import VisitorObserver

__all__ = [
    "CDNS",
    "Languages",
    "LocalTimes",
    "VisitorObserver",
    "agent_type",
    "language_reader",
    "observe_type",
    "place_of",
    "read_languages",
]
