"""What a local edge tells while it serves.

Event
├── Compiled     a program took its place
├── Broken       a change was refused; the last good program stays
├── Restarted    the runtime had ended by itself, and runs again
└── Said         the runtime said something, for instance why an answer is neutral
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from decision_engine.artefact import Artefact
from feature_registry import Diagnostic, Registry


@dataclass(frozen=True, slots=True)
class Compiled:
    """The registry and its artefact that are served from now on, the time that compiling took, and the warnings."""

    registry: Registry
    artefact: Artefact
    milliseconds: int
    warnings: Sequence[Diagnostic]


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a change is not served."""

    diagnostics: Sequence[Diagnostic]


@dataclass(frozen=True, slots=True)
class Restarted:
    """How the runtime ended."""

    reason: str


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the runtime's log."""

    text: str


Event: TypeAlias = Compiled | Broken | Restarted | Said
