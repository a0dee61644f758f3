"""The picture of a run: for each case, horizontal bars of ours and of the peers, on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from infra.bench.report import shown
from infra.bench.result import Findings, Row
from infra.errors import EngineError

OURS = "Edgewise"
_OURS_COLOUR, _PEER_COLOUR, _MISSED_COLOUR = "#1b7f5c", "#9aa5b1", "#c4453c"
_BAR, _HEAD, _WIDTH = 0.26, 0.75, 10.0
"""Inches: of a bar, of a case's title, of the whole picture."""


def check_plotter() -> None:
    """Raise EngineError when matplotlib, which draws, is not installed."""
    try:
        import matplotlib
    except ImportError:
        message = "the Python package `matplotlib` is not installed, which draws the picture"
        raise EngineError("no-plotter", message, "install the extra `bench`") from None
    matplotlib.use("Agg")


def write_plot(found: Mapping[str, Findings], file: BinaryIO) -> None:
    """Write a PNG with one panel a case. Raises EngineError without matplotlib, and when there is nothing to draw."""
    check_plotter()
    from matplotlib import pyplot

    cases = cases_of(found)
    if not cases:
        raise EngineError("no-rows", "there is nothing to draw: no suite found anything")
    heights = [_HEAD + _BAR * (len(rows) + 1) for rows in cases.values()]
    figure, panels = pyplot.subplots(
        len(cases),
        1,
        figsize=(_WIDTH, sum(heights)),
        gridspec_kw={"height_ratios": heights},
        squeeze=False,
        layout="constrained",
    )
    for panel, (case, rows) in zip(panels[:, 0], cases.items(), strict=True):
        _draw(panel, case, rows)
    figure.savefig(file, dpi=100, format="png")
    pyplot.close(figure)


def cases_of(found: Mapping[str, Findings]) -> dict[tuple[str, str], list[Row]]:
    """The rows by suite and case, in order."""
    cases: dict[tuple[str, str], list[Row]] = {}
    for findings in found.values():
        for row in findings.rows:
            cases.setdefault((row.suite, row.case), []).append(row)
    return cases


def _draw(panel: Any, case: tuple[str, str], rows: Sequence[Row]) -> None:
    from matplotlib.ticker import NullFormatter

    names = [OURS, *(row.peer for row in rows)]
    values = [rows[0].ours, *(row.theirs for row in rows)]
    colours = [_OURS_COLOUR, *(_PEER_COLOUR if row.reached else _MISSED_COLOUR for row in rows)]
    notes = ["", *(f"  {row.ratio:.2f}x{_wanted(row)}" for row in rows)]
    places = range(len(names))
    panel.barh(places, values, color=colours)
    panel.set_yticks(places, names, fontsize=8)
    panel.invert_yaxis()
    panel.set_xscale("log")
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_xlim(min(values) / 2, max(values) * 20)
    panel.tick_params(axis="x", labelsize=7)
    panel.set_title(f"{case[0]}: {case[1]} ({rows[0].unit}, less is better)", fontsize=9, loc="left")
    for place, value, note in zip(places, values, notes, strict=True):
        panel.text(value, place, f" {shown(value, rows[0].unit)}{note}", va="center", fontsize=7)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)


def _wanted(row: Row) -> str:
    if row.wanted is None:
        return ""
    return f" of {row.wanted:g} {'reached' if row.reached else 'missed'}"
