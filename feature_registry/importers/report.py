"""What an import carried over and what it could not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["flag", "experiment"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object of the source that is not in the registry, since one of its constructs has no equal there.

    `pointer` is the construct's place in the document, `construct` its stable name (docs/importing.md lists them).
    """

    kind: Kind
    name: str
    construct: str
    reason: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Something that is carried over, but looks or works otherwise than people may expect."""

    kind: Kind
    name: str
    change: str
    reason: str


@dataclass(slots=True)
class Report:
    """`decisions` maps the source's names to those of decisions, `units` and `paths` attributes to where requests give
    them."""

    source: str
    decisions: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)

    def to_json(self) -> Mapping[str, object]:
        """The report for programs."""
        return {
            "source": self.source,
            "decisions": self.decisions,
            "units": self.units,
            "attributes": self.paths,
            "left_out": [
                {
                    "kind": one.kind,
                    "name": one.name,
                    "construct": one.construct,
                    "reason": one.reason,
                    "at": one.pointer,
                }
                for one in self.left_out
            ],
            "changed": [
                {"kind": one.kind, "name": one.name, "change": one.change, "reason": one.reason} for one in self.changed
            ],
        }
