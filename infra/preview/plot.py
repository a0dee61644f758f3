"""The picture of a preview as PNG: the funnel and the overlaps of a cohort, the outcomes and rules of a decision."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from feature_registry import error
from infra.errors import NOWHERE
from infra.preview.errors import PreviewError
from infra.preview.figures import (
    CohortChange,
    CohortFigures,
    DecisionChange,
    DecisionFigures,
    Preview,
    StepCounts,
)
from infra.preview.interval import Share
from infra.preview.words import SHOWN, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _ORANGE, _LIGHT = "#1b5e8c", "#d9822b", "#d5dde3"
_LONGEST = 52  # characters of a label
_LETTER, _SPACE = 4.6, 2.6  # how wide they are, in points


def check_plotter() -> None:
    """Raise PreviewError when matplotlib, which draws, is not installed."""
    try:
        import matplotlib as _  # noqa: F401  # only whether it is there
    except ImportError:
        help_line = "install it with `pip install edgewise[train]`, or leave `--plot` out"
        message = "expected matplotlib for `--plot`, found none"
        raise PreviewError([error("no-plotter", message, NOWHERE, help_line)]) from None


def draw(preview: Preview) -> bytes:
    """The PNG; the same preview gives the same bytes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = _panels(preview)
    height = max(2.6 + 0.34 * max(len(bars) for _, bars, _ in panels), 4.2)
    figure, axes = pyplot.subplots(1, len(panels), figsize=(7.2 * len(panels), height), layout="constrained")
    figure.suptitle(_title(preview), fontsize=12)
    for one, (title, bars, legend) in zip(axes, panels, strict=True):
        _bars(one, title, bars, legend)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    pyplot.close(figure)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Bar:
    """How far the full bar goes, and the pale one behind it, in parts of 1; the text at its end, and an interval."""

    label: str
    full: float
    pale: float
    text: str
    interval: tuple[float, float] | None = None


_Panel: TypeAlias = tuple[str, Sequence[_Bar], tuple[str, str]]
"""Its title, its bars, and what full and pale bars are; no words where there are no pale ones."""

_SHARES = ("share of requests, with its 95 % interval", "")


def _panels(preview: Preview) -> Sequence[_Panel]:
    rows, figures = preview.rows, preview.before
    match preview.change:
        case CohortChange() as change:
            assert isinstance(figures, CohortFigures)
            assert isinstance(preview.after, CohortFigures)
            reach = [_share_bar("before", figures.reach), _share_bar("after", preview.after.reach)]
            moves = [("enter", change.entered.count), ("leave", change.left.count), ("stay in", change.stayed)]
            reach += [_share_bar(name, Share(count, rows)) for name, count in moves]
            return [("Reach", reach, _SHARES), _funnel(preview.after, rows, "Conditions of the new registry")]
        case DecisionChange() as change:
            moved = [one for one in change.transitions if one.before != one.after][: 2 * SHOWN]
            bars = [_share_bar(f"{one.before} → {one.after}", Share(one.count, rows)) for one in moved]
            bars = bars or [_share_bar("no outcome changes", Share(0, rows))]
            assert isinstance(figures, DecisionFigures)
            assert isinstance(preview.after, DecisionFigures)
            title = "Outcomes that change"
            return [(title, bars, _SHARES), _before_after(figures, preview.after, rows)]
        case None:
            pass
    if isinstance(figures, CohortFigures):
        return [_funnel(figures, rows), _overlaps(figures)]
    outcomes = [_share_bar(_outcome(one.outcome, one.variation), Share(one.count, rows)) for one in figures.outcomes]
    rules = [
        _Bar(f"{one.rule}: {one.shows}", one.caught / rows, one.matches / rows, f"{one.caught:,} of {one.matches:,}")
        for one in figures.rules
    ]
    rules.append(_Bar("otherwise", figures.otherwise / rows, 0.0, f"{figures.otherwise:,}"))
    return [
        ("Outcomes", outcomes[: 2 * SHOWN], _SHARES),
        ("Rules", rules, ("decided by the rule", "match it, but an earlier rule decides")),
    ]


def _title(preview: Preview) -> str:
    head = f"{preview.kind} {preview.name}, {preview.rows:,} requests"
    if not isinstance(preview.before, CohortFigures):
        return head
    reach = f"reach {percent(preview.before.reach.share)}"
    return f"{head}, {reach}" + (
        f" → {percent(preview.after.reach.share)}" if isinstance(preview.after, CohortFigures) else ""
    )


def _funnel(figures: CohortFigures, rows: int, title: str = "Conditions") -> _Panel:
    def steps(step: StepCounts, depth: int) -> list[_Bar]:
        text = f"{step.passed:,} of {step.seen:,}"
        bars = [_Bar(f"{'    ' * depth}{step.condition}", step.passed / rows, step.seen / rows, text)]
        for item in step.items:
            bars += steps(item, depth + 1)
        return bars

    return title, steps(figures.funnel, 0)[: 4 * SHOWN], ("pass", "are seen, and do not pass")


def _overlaps(figures: CohortFigures) -> _Panel:
    shown = [one for one in figures.overlaps if one.both][:SHOWN]
    bars = [_Bar(one.cohort, one.jaccard, one.both / one.own, f"{one.both:,} of {one.size:,}") for one in shown]
    return "Overlap with other cohorts", bars or [_Bar("none", 0.0, 0.0, "")], ("Jaccard", "part of this cohort")


def _before_after(before: DecisionFigures, after: DecisionFigures, rows: int) -> _Panel:
    counts: dict[str, list[int]] = {}
    for place, figures in enumerate((before, after)):
        for one in figures.outcomes:
            counts.setdefault(one.outcome, [0, 0])[place] += one.count
    ordered = sorted(counts.items(), key=lambda item: (-max(item[1]), item[0]))[: 2 * SHOWN]
    bars = [_Bar(name, new / rows, old / rows, f"{old:,} → {new:,}") for name, (old, new) in ordered]
    return "Outcomes before and after", bars, ("after", "before")


def _share_bar(name: str, share: Share) -> _Bar:
    low, high = share.interval
    text = f"{share.count:,}, {percent(share.share)} ({percent(low)} to {percent(high)})"
    return _Bar(name, share.share, 0.0, text, (low, high))


def _outcome(outcome: str, variation: str | None) -> str:
    return outcome if variation is None else f"{outcome} ({variation})"


def _bars(axes: Axes, title: str, bars: Sequence[_Bar], legend: tuple[str, str]) -> None:
    from matplotlib.ticker import PercentFormatter

    places = range(len(bars))
    labels = [one.label if len(one.label) <= _LONGEST else f"{one.label[: _LONGEST - 3]}..." for one in bars]
    if any(legend[1:]):
        axes.barh(places, [one.pale for one in bars], color=_LIGHT, height=0.72, label=legend[1])
    axes.barh(places, [one.full for one in bars], color=_BLUE, height=0.44, label=legend[0])
    for place, one in enumerate(bars):
        end = max(one.full, one.pale, *(one.interval or ()))
        if one.interval is not None:
            axes.plot(one.interval, (place, place), color=_ORANGE, linewidth=2.2, solid_capstyle="butt")
        axes.text(end, place, f"  {one.text}", va="center", fontsize=7.5, color="#333333")
    furthest = max([0.0, *(max(one.full, one.pale, *(one.interval or ())) for one in bars)]) or 1.0
    axes.set_yticks(places, labels, fontsize=8)
    for label in axes.get_yticklabels():  # to the left, so that what is indented shows
        label.set_horizontalalignment("left")
    axes.tick_params(axis="y", length=0, pad=8 + max(map(_width, labels)))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlim(0, furthest * 1.5)
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= furthest * 1.05])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, fontsize=10)
    axes.legend(fontsize=7.5, loc="upper center", bbox_to_anchor=(0.4, -0.07), ncols=2, frameon=False)


def _width(label: str) -> float:
    """About how wide a label is, in points."""
    letters = len(label.lstrip())
    return _LETTER * letters + _SPACE * (len(label) - letters)
