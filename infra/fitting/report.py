"""The report of a fit: rows of a table for people, and a page that stands alone."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from decision_engine.budget.fit import Candidate, Figures

COLUMNS = ("", "before", "after", "difference")
"""The columns of `figure_rows`."""

TRADE_COLUMNS = (
    "what",
    "trees",
    "leaves",
    "bytes",
    "fits",
    "AUC loss, all rows",
    "AUC loss, held out",
    "changed, held out",
)
"""The columns of `trade_rows`."""

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0;font-size:.9em}
th,td{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:right}
th:first-child,td:first-child{text-align:left}
img{max-width:100%;height:auto}
h2{margin-top:2rem;font-size:1.15rem}
"""


def figure_rows(figures: Figures) -> list[tuple[str, str, str, str]]:
    """AUC, log loss and calibration error before and after, as cells."""
    rows = []
    before, after = figures.before, figures.after
    for name, old, new in (
        ("AUC", before.auc, after.auc),
        ("log loss", before.log_loss, after.log_loss),
        ("calibration error", before.calibration_error, after.calibration_error),
    ):
        if old is not None and new is not None:
            rows.append((name, f"{old:.5f}", f"{new:.5f}", f"{new - old:+.5f}"))
    return rows


def changed_rows(figures: Figures) -> list[tuple[str, str]]:
    """The shares of changed decisions, as cells; none where no decisions were compared."""
    changed = figures.changed
    if changed is None:
        return []
    rows = [
        ("of all decisions", f"{changed.share:.2%}"),
        ("of rows, any decision", _part(changed.rows_changed, changed.rows)),
    ]
    return rows + [(name, _part(count, changed.rows)) for name, count in changed.by_decision.items()]


def trade_rows(candidates: Iterable[Candidate]) -> list[tuple[str, ...]]:
    """Every way that was measured, as cells."""
    return [
        (
            "; ".join(one.done),
            f"{one.shape['trees']:,}",
            f"{one.shape['leaves']:,}",
            f"{one.code_bytes:,}",
            "yes" if one.does_fit else "no",
            f"{one.given.auc_loss:+.4f}",
            f"{one.held_out.auc_loss:+.4f}",
            "" if one.held_out.changed is None else f"{one.held_out.changed.share:.2%}",
        )
        for one in candidates
    ]


def notes(record: dict[str, Any], best: Candidate) -> list[str]:
    """What one has to know to read the figures."""
    found = []
    if best.recipe is not None:
        found.append("All rows: the smaller model was trained on these rows, which flatters it.")
        found.append("Held out: in five folds, each row scored by a smaller model made without it.")
    else:
        found.append("Nothing was trained: held out and all rows are the same figures.")
    if record["seen_before"]:
        found.append("The model itself was trained on these rows too, as its card says by their digest.")
        if best.recipe is not None and record["before_held_out"] != "the model itself":
            found.append("So before is held out as well: the model retrained without the fold, as its file says how.")
        elif best.recipe is not None:
            found.append("It could not be retrained: its held-out figures are too good, and the loss too large.")
    return found


def page(record: dict[str, Any], best: Candidate, candidates: Sequence[Candidate], png: bytes) -> str:
    """The page: it loads nothing."""
    image = base64.b64encode(png).decode()
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Fit of {escape(record['model'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Fit of {escape(record['model'])}</h1>",
        f"<p>{escape('; '.join(record['done']))}. The code has {best.code_bytes:,} bytes; "
        f"it had {record['bytes_before']:,}. Data: {record['data']['rows']:,} rows, {record['data']['digest']}.</p>",
        f'<img alt="Size against quality, and calibration" src="data:image/png;base64,{image}">',
        "<h2>Held out</h2>",
        _table(COLUMNS, figure_rows(best.held_out)),
        "<h2>All rows</h2>",
        _table(COLUMNS, figure_rows(best.given)),
        *(f"<p>{escape(note)}</p>" for note in notes(record, best)),
        *_changes(best),
        "<h2>Reliability, held out</h2>",
        _reliability(best.held_out),
        "<h2>What was measured</h2>",
        _table(TRADE_COLUMNS, trade_rows(candidates)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _changes(best: Candidate) -> list[str]:
    if best.given.changed is None:
        return []
    shares = zip(changed_rows(best.held_out), changed_rows(best.given), strict=True)
    rows = [(name, held_out, given) for (name, held_out), (_, given) in shares]
    return ["<h2>Changed decisions</h2>", _table(("", "held out", "all rows"), rows)]


def _reliability(figures: Figures) -> str:
    bins = zip(figures.before.reliability, figures.after.reliability, strict=True)
    cells = [
        (f"{number}", *(f"{one:.4f}" for one in (old.predicted, old.observed, new.predicted, new.observed)))
        for number, (old, new) in enumerate(bins, 1)
    ]
    return _table(("tenth", "before: predicted", "observed", "after: predicted", "observed"), cells)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _part(count: int, of: int) -> str:
    return f"{count / of:.2%}" if of else "0.00%"
