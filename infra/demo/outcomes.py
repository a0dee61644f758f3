"""Counting what was decided: outcomes by decision, reason and variation, as tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table


class Outcomes:
    """Counts of every outcome of every decision."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[tuple[str, str, str]]] = {}

    def add(self, answer: Mapping[str, Any]) -> None:
        """Count one answer."""
        for name, decided in answer["decisions"].items():
            test = "" if decided["experiment"] is None else f"{decided['experiment']}/{decided['variation']}"
            key = (str(decided["outcome"]), str(decided["reason"]), test)
            self._counts.setdefault(name, Counter())[key] += 1

    def table(self) -> Table:
        """Decision, outcome, reason, variation, count and share; the most frequent first."""
        table = Table("decision", "outcome", "reason", "variation", title="Outcomes", title_justify="left")
        table.add_column("sessions", justify="right")
        table.add_column("share", justify="right")
        for name, counts in self._counts.items():
            table.add_section()
            total = counts.total()
            for index, ((outcome, reason, test), count) in enumerate(_ordered(counts)):
                head = name if index == 0 else ""
                table.add_row(head, outcome, reason.lower(), test, f"{count:,}", f"{count / total:.1%}")
        return table


def _ordered(counts: Counter[tuple[str, str, str]]) -> Iterable[tuple[tuple[str, str, str], int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
