"""The option `--fit` of `edgewise compile`: what was asked for, the search with its progress, the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from decision_engine.models import Models
from feature_registry import Registry
from infra.errors import UsageError

if TYPE_CHECKING:
    from infra.fitting import Fitted, Request

REPORT_FILES = ("fit.png", "fit.html", "fit.json")
"""What `--report` writes into its folder."""


def read_share(text: str | None, option: str) -> float | None:
    """A share such as `1%` or `0.01`; None when it is absent. Raises UsageError."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?%?", text):
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        if share <= 1:
            return share
    raise UsageError(f"expected a share such as `1%` or `0.01` for `{option}`, found `{text}`")


def check_options(does_fit: bool, options: Mapping[str, object]) -> None:
    """Raise UsageError when options of a fit stand without `--fit`, or `--data` and `--label` one without the other."""
    given = [name for name, value in options.items() if value is not None]
    if given and not does_fit:
        raise UsageError(f"expected `--fit` beside `{given[0]}`")
    if (options["--data"] is None) != (options["--label"] is None):
        raise UsageError(
            "expected `--data` and `--label` together", "the label is the column of the outcome, yes or no"
        )
    needing = [name for name in given if name not in ("--model", "--data", "--label")]
    if needing and options["--data"] is None:
        raise UsageError(f"expected `--data` beside `{needing[0]}`", "without data nothing can be measured")


def run_fit(registry: Registry, models: Models, request: Request, report: Path | None) -> Fitted:
    """The fit, its progress on standard error, and its report as files. Raises FittingError and FileError."""
    from infra.cli.output import progress_bar
    from infra.fitting import fit
    from infra.fitting.plot import check_plotter

    if report is not None:
        check_plotter()
    with progress_bar() as progress:
        task = progress.add_task("fit", total=None)

        def show(text: str) -> None:
            progress.update(task, description=f"fit: {text}", advance=1)

        fitted = fit(registry, models, request, show)
        if report is not None and fitted.outcome is not None:
            _write_report(fitted, report, request)
    return fitted


def print_fit(fitted: Fitted) -> None:
    """What was done, and the figures before and after."""
    from infra.cli.output import print_note, print_table
    from infra.fitting.report import COLUMNS, TRADE_COLUMNS, changed_rows, figure_rows, notes, trade_rows

    print_note(f"model {fitted.record['model']}: {'; '.join(fitted.record['done'])}", "bold")
    if fitted.outcome is None:
        if "score_moves_at_most" in fitted.record:
            print_note(f"a raw score moves by at most {fitted.record['score_moves_at_most']:.3g}")
        return
    best = fitted.outcome.best
    print_note("")
    print_table(TRADE_COLUMNS, trade_rows(fitted.outcome.candidates), numbers=(1, 2, 3, 5, 6, 7))
    for title, figures in (("held out", best.held_out), ("all rows", best.given)):
        print_note("")
        print_table((title, *COLUMNS[1:]), figure_rows(figures), numbers=(1, 2, 3))
        if figures.changed is not None:
            print_table((f"changed, {title}", "share"), changed_rows(figures), numbers=(1,))
    for note in notes(fitted.record, best):
        print_note(note)
    print_note("")


def _write_report(fitted: Fitted, folder: Path, request: Request) -> None:
    from decision_engine.budget import Quantity, platform_of
    from decision_engine.compact_json import compact
    from infra.files import replacing, unwritable
    from infra.fitting import candidate_json, curve
    from infra.fitting.plot import draw
    from infra.fitting.report import page

    assert fitted.problem is not None
    assert fitted.outcome is not None
    best, candidates = fitted.outcome.best, fitted.outcome.candidates
    sizes = curve(fitted.problem, best)
    platform = platform_of(request.target)
    limits = [request.budget, None if platform is None else platform.limits[Quantity.CODE_RAW].value]
    allowed = min((int(limit) for limit in limits if limit is not None), default=None)
    png = draw(
        fitted.record["model"],
        best,
        [*candidates, *sizes],
        bytes_before=fitted.record["bytes_before"],
        bytes_allowed=allowed,
        auc_loss=request.limits.auc_loss,
    )
    every: dict[str, Any] = {
        **fitted.record,
        "measured": [candidate_json(one, request.limits) for one in candidates],
        "sizes": [candidate_json(one, request.limits) for one in sizes],
    }
    contents = (png, page(fitted.record, best, candidates, png).encode(), (compact(every) + "\n").encode())
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as fault:
        raise unwritable(fault, str(folder)) from None
    for name, content in zip(REPORT_FILES, contents, strict=True):
        with replacing(folder / name) as file:
            file.write(content)
