"""The figure of a fit: size against quality, and calibration before and after, as PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from decision_engine.budget.fit import Candidate, Figures
from decision_engine.budget.fit.metrics import Quality
from infra.fitting.errors import FittingError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _ORANGE, _GREY, _RED = "#1b5e8c", "#d9822b", "#8a8a8a", "#b03030"


def check_plotter() -> None:
    """Raise FittingError when matplotlib, which draws, is not installed."""
    try:
        import matplotlib as _  # noqa: F401  # only whether it is there
    except ImportError:
        message = "expected matplotlib for `--report`, found none"
        help_line = "install it with `pip install edgewise[train]`, or leave `--report` out"
        raise FittingError("no-plotter", message, "", help_line) from None


def draw(
    model: str,
    best: Candidate,
    others: Sequence[Candidate],
    *,
    bytes_before: int,
    bytes_allowed: int | None,
    auc_loss: float | None,
) -> bytes:
    """The PNG. `others` are further sizes and ways that were measured; the same input gives the same bytes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (given, held_out, calibration) = pyplot.subplots(1, 3, figsize=(14, 5.4), layout="constrained")
    shown = sorted([*others, best], key=lambda one: one.code_bytes)
    for axes, title, of in ((given, "all rows", "given"), (held_out, "held out", "held_out")):
        _sizes(axes, model, best, shown, of, auc_loss)
        axes.axvline(
            bytes_before / 1024, color=_GREY, linewidth=1, linestyle=":", label=f"before: {bytes_before:,} bytes"
        )
        if bytes_allowed is not None:
            axes.axvline(bytes_allowed / 1024, color=_RED, linewidth=1, label=f"limit: {bytes_allowed:,} bytes")
        axes.set(title=f"Size against quality, {title}", xlabel="code of the artefact, KiB", ylabel="AUC")
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)
    _calibration(calibration, best.held_out)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    pyplot.close(figure)
    return buffer.getvalue()


def _sizes(
    axes: Axes, model: str, best: Candidate, shown: Sequence[Candidate], of: str, auc_loss: float | None
) -> None:
    """One panel: what is distilled, what is cut, what is chosen, what was before; `of` names the figures."""

    def points(candidates: Sequence[Candidate]) -> tuple[list[float], list[float]]:
        figures: list[Figures] = [getattr(one, of) for one in candidates]
        return [one.code_bytes / 1024 for one in candidates], [one.after.auc for one in figures]

    before: float = getattr(best, of).before.auc
    axes.axhline(before, color=_GREY, linewidth=1, label=f"{model} before: {before:.4f}")
    if auc_loss is not None:
        axes.axhspan(before - auc_loss, before, color=_GREY, alpha=0.18, label=f"loss of at most {auc_loss:g}")
    distilled = [one for one in shown if one.recipe is not None and one.recipe != best.recipe]
    same = [one for one in shown if one.recipe is not None and one.recipe == best.recipe]
    axes.scatter(*points(distilled), s=18, color=_BLUE, alpha=0.35, label="other distilled ensembles")
    axes.plot(*points(same), marker="o", markersize=4, color=_BLUE, label="the recipe chosen, by size")
    has_seen = best.held_out.before != best.given.before
    if of == "given" or not has_seen:  # the model's own trees have seen every row, and are not held out of any
        cut = [one for one in shown if one.recipe is None]
        axes.plot(*points(cut), marker="s", markersize=4, linestyle="--", color=_ORANGE, label="the model's own trees")
    chosen = points([best])
    label = f"chosen: {best.code_bytes:,} bytes, AUC {chosen[1][0]:.4f}"
    axes.scatter(*chosen, s=110, color=_RED, marker="*", zorder=5, label=label)


def _calibration(axes: Axes, figures: Figures) -> None:
    highest = 0.0
    for quality, colour, name in ((figures.before, _GREY, "before"), (figures.after, _RED, "after")):
        predicted, observed = _bins(quality)
        highest = max([highest, *predicted, *observed])
        if quality.calibration_error is not None:
            label = f"{name}: error {quality.calibration_error:.4f}"
            axes.plot(predicted, observed, marker="o", markersize=4, color=colour, label=label)
    axes.plot([0, highest], [0, highest], color=_GREY, linewidth=0.8, linestyle=":")
    axes.set(title="Calibration by tenths, held out", xlabel="predicted probability", ylabel="share of true labels")
    axes.legend(fontsize=7.5, loc="upper left")


def _bins(quality: Quality) -> tuple[list[float], list[float]]:
    return [one.predicted for one in quality.reliability], [one.observed for one in quality.reliability]
