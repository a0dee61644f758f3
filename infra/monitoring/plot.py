"""The figure of a status: statuses and ages of features, stability indices, and the scores before and now, as PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from decision_engine.monitoring import AGE_BOUNDS, SCORE, Baseline, Drift, Freshness, Tally, Thresholds, number_bounds
from decision_engine.monitoring.bins import LAST_AGE_BIN
from infra.monitoring.report import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _ORANGE, _GREY, _RED, _GREEN = "#1b5e8c", "#d9822b", "#8a8a8a", "#b03030", "#3c7a4f"
_PARTS = (("in time or of unknown age", _GREEN), ("beyond max_age", _RED), ("missing", _ORANGE), ("denied", _GREY))


def draw(
    freshness: Freshness | None,
    drift: Sequence[Drift] | None,
    baselines: Mapping[str, Baseline],
    tally: Tally,
    thresholds: Thresholds,
) -> bytes:
    """The PNG; the same input gives the same bytes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    scored = [one for one in drift or () if (found := baselines.get(one.model)) is not None and found.score is not None]
    panels = 2 * (freshness is not None) + (drift is not None) + bool(scored)
    longest = max([6, *([len(freshness.features)] if freshness else []), *(len(one.compared) for one in drift or ())])
    size = (6.4 * panels, 1.8 + 0.24 * longest)
    figure, axes = pyplot.subplots(1, panels, figsize=size, layout="constrained", squeeze=False)
    places = iter(axes[0])
    if freshness is not None:
        _statuses(next(places), freshness)
        _ages(next(places), freshness)
    if drift is not None:
        _indices(next(places), drift, thresholds)
    if scored:
        _scores(next(places), scored[0].model, baselines[scored[0].model], tally)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    pyplot.close(figure)
    return buffer.getvalue()


def _statuses(axes: Axes, freshness: Freshness) -> None:
    shown = [one for one in freshness.features if one.measured.served][::-1]
    names = [one.feature.name for one in shown]
    left = [0.0] * len(shown)
    for place, (label, colour) in enumerate(_PARTS):
        widths = []
        for one in shown:
            found = one.measured
            counts = (found.beyond, found.absent, found.denied)
            rest = max(0, found.served - sum(counts))  # a value beyond its max_age may be missing as well
            widths.append((rest, *counts)[place] / max(found.served, rest + sum(counts)))
        axes.barh(names, widths, left=left, color=colour, label=label, height=0.75)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set(title=f"How features are served, {freshness.sessions:,} sessions", xlabel="share of sessions", xlim=(0, 1))
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=4)


def _ages(axes: Axes, freshness: Freshness) -> None:
    groups: dict[str, dict[int, int]] = {}
    for one in freshness.features:
        counts = groups.setdefault(one.feature.group, {})
        for place, count in one.measured.ages.items():
            counts[place] = counts.get(place, 0) + count
    for group, counts in sorted(groups.items()):
        total = sum(counts.values())
        if total:
            shares = [sum(counts.get(low, 0) for low in range(place + 1)) / total for place in range(LAST_AGE_BIN)]
            axes.step([bound / 1000 for bound in AGE_BOUNDS], shares, where="post", label=f"group {group}")
    for max_age in sorted(
        {one.feature.max_age for one in freshness.features if one.feature.max_age and one.measured.aged}
    ):
        axes.axvline(max_age / 1000, color=_RED, linewidth=0.8, linestyle=":", label=f"max_age {duration(max_age)}")
    axes.set(title="Age of values, where it is known", xlabel="age, s", ylabel="share at most as old", ylim=(0, 1.02))
    axes.set_xscale("log", base=10)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=8, loc="lower right")
    else:
        axes.text(0.5, 0.5, "no age is known", ha="center", va="center", transform=axes.transAxes, color=_GREY)


def _indices(axes: Axes, drift: Sequence[Drift], thresholds: Thresholds) -> None:
    rows = [(f"{one.model}: {SCORE}" if two.kind == SCORE else two.name, two) for one in drift for two in one.compared]
    rows.sort(key=lambda row: row[1].psi or 0)
    values = [two.psi or 0.0 for _, two in rows]
    colours = [
        _GREY if two.psi is None else _RED if two.psi >= thresholds.psi_breach
        else _ORANGE if two.psi >= thresholds.psi_warn else _BLUE
        for _, two in rows
    ]  # fmt: skip
    names = [name if two.psi is not None else f"{name} (not enough data)" for name, two in rows]
    axes.barh(names, values, color=colours, height=0.75)
    axes.axvline(thresholds.psi_warn, color=_ORANGE, linewidth=1, label=f"warn {thresholds.psi_warn:g}")
    axes.axvline(thresholds.psi_breach, color=_RED, linewidth=1, label=f"breach {thresholds.psi_breach:g}")
    known = [two.chance for _, two in rows if two.chance is not None]
    if known:
        axes.axvline(max(known), color=_GREY, linewidth=1, linestyle=":", label=f"by chance, at most {max(known):.3f}")
    axes.set_xscale("symlog", linthresh=max(0.01, thresholds.psi_breach))  # one large index hides no smaller ones
    axes.set(title="Drift from the baseline", xlabel="population stability index")
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(fontsize=8, loc="lower right")


def _scores(axes: Axes, model: str, baseline: Baseline, tally: Tally) -> None:
    assert baseline.score is not None, "models with scores are drawn"
    mark = baseline.model_digest
    now = next((one for (subject, _), one in tally.scores.items() if subject == (model, mark)), None)
    for title, bins, colour in (
        ("baseline", baseline.score.bins, _BLUE),
        ("window", {} if now is None else now.bins, _ORANGE),
    ):
        total = sum(bins.values())
        if not total:
            continue
        if baseline.score.scale == "category":
            names = sorted({*baseline.score.bins, *bins})
            axes.plot(names, [bins.get(name, 0) / total for name in names], marker="o", color=colour, label=title)
            continue
        seen, xs, ys = 0, [], []
        for place in sorted(map(int, bins)):
            seen += bins[str(place)]
            xs.append(number_bounds(place)[1])
            ys.append(seen / total)
        axes.step(xs, ys, where="post", color=colour, label=f"{title}, {total:,} sessions")
    axes.set(title=f"Scores of {model}", xlabel="score", ylabel="share at most as high", ylim=(0, 1.02))
    axes.legend(fontsize=8, loc="lower right")
