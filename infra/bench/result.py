"""What a benchmark found: measured values beside a peer or a budget, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from infra.cli.output import print_note, print_table


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `ratio` is how many times better than the peer or budget ours is; `wanted` the least to reach."""

    what: str
    ours: float
    unit: str
    peer: str
    theirs: float
    ratio: float
    wanted: float

    @property
    def reached(self) -> bool:
        """Whether the ratio is at least the one that is wanted."""
        return self.ratio >= self.wanted

    def to_json(self) -> dict[str, object]:
        """The row as a JSON object."""
        return {**asdict(self), "reached": self.reached}


def print_rows(title: str, rows: Sequence[Row]) -> None:
    """A table: ours, the peer's, the ratio, and whether it is what we want."""
    print_note(f"\n{title}", "bold")
    cells = [
        (row.what, _number(row.ours), _number(row.theirs), row.unit, f"{row.ratio:.2f}", f"{row.wanted:.2f}", row.peer)
        for row in rows
    ]
    print_table(("what", "ours", "theirs", "unit", "ratio", "wanted", "peer"), cells, numbers=(1, 2, 4, 5))
    for row in rows:
        if not row.reached:
            print_note(f"not reached: {row.what}: {row.ratio:.3f} of {row.wanted:.2f}", "red")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.3g}"
