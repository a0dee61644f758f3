"""What a benchmark found: measured values beside a peer or a budget, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `ratio` is how many times better than the peer or budget ours is; `wanted` is the least to
    reach."""

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


def print_rows(console: Console, title: str, rows: Sequence[Row]) -> None:
    """A table: ours, the peer's, the ratio, and whether it is what we want."""
    table = Table("what", title=title, title_justify="left")
    for head in ("ours", "theirs", "ratio", "wanted"):
        table.add_column(head, justify="right")
    table.add_column("peer")
    for row in rows:
        ratio = f"[{'green' if row.reached else 'red'}]{row.ratio:.2f}[/]"
        ours, theirs = f"{row.ours:,.3g} {row.unit}", f"{row.theirs:,.3g} {row.unit}"
        if row.unit == "requests/s":
            ours, theirs = f"{row.ours:,.0f} {row.unit}", f"{row.theirs:,.0f} {row.unit}"
        table.add_row(row.what, ours, theirs, ratio, f"{row.wanted:.2f}", row.peer)
    console.print(table)
