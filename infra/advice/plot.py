"""The figure of advice: the latency split against the budget, what speaks for which side, monthly costs; as PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from decision_engine.advisor import PERCENTILES, PRICES, Advice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PARTS = {
    "network to edge": "#1b5e8c",
    "network to cloud": "#8a8a8a",
    "edge to cloud": "#b5b5b5",
    "gateway": "#c9b458",
    "start": "#8fb8d0",
    "encode": "#b03030",
    "decide": "#5b1a1a",
    "store": "#3c7a4f",
    "run": "#d9822b",
    "escalation": "#7a5c99",
}
"""The parts of all ways in the order that they are drawn in; a part that is not here is drawn last, in black."""

_RED, _GREY = "#b03030", "#8a8a8a"
_SIDES = {"edge": "#1b5e8c", "hybrid": "#7a5c99", "cloud": "#d9822b"}


def draw(advice: Sequence[Advice]) -> bytes:
    """The PNG: a row of three panels for each decision; the same input gives the same bytes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    size = (19, 3.6 * len(advice))
    figure, axes = pyplot.subplots(len(advice), 3, figsize=size, layout="constrained", squeeze=False)
    for row, one in zip(axes, advice, strict=True):
        _latency(row[0], one)
        _scores(row[1], one)
        _costs(row[2], one)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=90, metadata={"Software": None})
    pyplot.close(figure)
    return buffer.getvalue()


def _latency(axes: Axes, advice: Advice) -> None:
    given = dict.fromkeys(part.name for way in advice.ways for part in way.parts)
    names = [*(name for name in _PARTS if name in given), *(name for name in given if name not in _PARTS)]
    rows = [(way, name) for way in reversed(advice.ways) for name in reversed(PERCENTILES)]
    labels = [f"{way.placement} {'P' + name[1:] if name != 'worst' else name}" for way, name in rows]
    left = [0.0] * len(rows)
    for part_name in names:
        widths = [sum(getattr(part.time, name) for part in way.parts if part.name == part_name) for way, name in rows]
        axes.barh(labels, widths, left=left, color=_PARTS.get(part_name, "black"), label=part_name, height=0.8)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    if advice.facts.latency is not None:
        axes.axvline(advice.facts.latency, color=_RED, linewidth=1.2, label=f"budget {advice.facts.latency:g} ms")
    axes.set_xscale("symlog", linthresh=100)  # budgets and medians at their true length, worst cases shortened
    axes.set(title=f"{advice.facts.decision}: {advice.placement}", xlabel="ms; logarithmic beyond 100", xlim=(0, None))
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(fontsize=6.5, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _scores(axes: Axes, advice: Advice) -> None:
    shown = list(reversed(advice.scores))
    values = [one.score or 0.0 for one in shown]
    names = [one.aspect if one.score is not None else f"{one.aspect} (unknown)" for one in shown]
    axes.barh(names, values, color=[_SIDES["edge"] if value > 0 else _SIDES["cloud"] for value in values])
    axes.axvline(0, color=_GREY, linewidth=0.8)
    yes = [one.name for one in advice.questions if one.answer]
    axes.set(title=f"yes to: {', '.join(yes) or 'none of the four questions'}", xlabel="cloud  <-  score  ->  edge")
    axes.set_xlim(-1.05, 1.05)


def _costs(axes: Axes, advice: Advice) -> None:
    shown = list(reversed(advice.costs))
    names = [f"{PRICES[one.platform].title}, {one.placement}" for one in shown]
    axes.barh(names, [one.known for one in shown], color=[_SIDES[one.placement] for one in shown])
    for place, one in enumerate(shown):
        text = f" {one.known:,.2f}" if one.total is not None else f" at least {one.known:,.2f}" if one.known else " ?"
        axes.text(one.known, place, text, va="center", fontsize=7.5)
    axes.set(title=f"{advice.assumed.requests_per_month:,.0f} a month", xlabel="USD a month")
    axes.set_xlim(0, 1.3 * max([one.known for one in shown] + [1.0]))
    axes.tick_params(axis="y", labelsize=8)
