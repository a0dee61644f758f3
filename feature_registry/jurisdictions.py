"""Which rule of consent holds where, read from jurisdictions.json: every entry with its day, its law and its source."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

Regime: TypeAlias = Literal["opt_in", "opt_out"]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Places with one rule. `sections` of the GPP: of each list the first one that a string has counts.

    A place is a country (`DE`), a region (`US-CA`), every other region of a country (`US-*`), or `elsewhere` (countries
    that are not listed) or `unknown` (requests without a country).
    """

    title: str
    places: tuple[str, ...]
    regime: Regime
    sections: tuple[tuple[int, ...], ...]
    since: str
    law: str
    source: str

    @property
    def since_ms(self) -> int:
        """The day from which the rule holds, as ms UTC; before it the next wider place's rule does."""
        return round(datetime.fromisoformat(self.since).replace(tzinfo=UTC).timestamp() * 1000)


@cache
def jurisdictions() -> tuple[Jurisdiction, ...]:
    """All entries, in the order of the page."""
    document = json.loads((Path(__file__).parent / "jurisdictions.json").read_bytes())
    return tuple(
        Jurisdiction(
            entry["title"],
            tuple(entry["places"]),
            entry["regime"],
            tuple(tuple(section) for section in entry["sections"]),
            entry["since"],
            entry["law"],
            entry["source"],
        )
        for entry in document["entries"]
    )
