"""A preview as JSON, for programs: every count of the figures with its share, nothing left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, assert_never

from infra.preview.figures import (
    CohortChange,
    CohortFigures,
    Crowd,
    DecisionChange,
    DecisionFigures,
    Figures,
    Preview,
    Reads,
    StepCounts,
)
from infra.preview.interval import Share

Document: TypeAlias = dict[str, Any]


def preview_json(preview: Preview) -> Document:
    """`{"ok", "kind", "name", "rows", "period", "before" ..., "after", "change"}`; times are in ms UTC.

    Without a second registry `after` and `change` are null, and `before` is the preview. Shares are of all rows, those
    of the steps of a funnel of the rows that come to the step.
    """
    rows = preview.rows
    return {
        "ok": True,
        "kind": preview.kind,
        "name": preview.name,
        "rows": rows,
        "period": {"first": preview.period.first, "last": preview.period.last, "untimed": preview.period.untimed},
        "before": _figures(preview.before, rows),
        "after": None if preview.after is None else _figures(preview.after, rows),
        "change": None if preview.change is None else _change(preview.change, rows),
    }


def _figures(figures: Figures, rows: int) -> Document:
    match figures:
        case CohortFigures():
            return {
                "registry": figures.registry,
                "reach": {**_share(figures.reach), "unknown": figures.unknown},
                "funnel": _step(figures.funnel),
                "overlap": [
                    {
                        "cohort": one.cohort,
                        "size": one.size,
                        "both": one.both,
                        "jaccard": one.jaccard,
                        "share_of_this": _part(one.both, one.own),
                        "share_of_other": _part(one.both, one.size),
                    }
                    for one in figures.overlaps
                ],
                **_reads(figures.reads, rows),
            }
        case DecisionFigures():
            return {
                "registry": figures.registry,
                "outcomes": [
                    {
                        "outcome": one.outcome,
                        "rule": one.rule,
                        "experiment": one.experiment,
                        "variation": one.variation,
                        "reason": str(one.reason),
                        **_share(Share(one.count, rows)),
                    }
                    for one in figures.outcomes
                ],
                "rules": [
                    {
                        "rule": one.rule,
                        "shows": one.shows,
                        "matches": one.matches,
                        "caught": one.caught,
                        "share": one.caught / rows,
                        "reached": one.caught > 0,
                    }
                    for one in figures.rules
                ],
                "otherwise": _share(Share(figures.otherwise, rows)),
                **_reads(figures.reads, rows),
            }
        case _:
            assert_never(figures)


def _change(change: CohortChange | DecisionChange, rows: int) -> Document:
    match change:
        case CohortChange():
            return {
                "stayed": change.stayed,
                "outside": change.outside,
                "entered": _crowd(change.entered, rows),
                "left": _crowd(change.left, rows),
            }
        case DecisionChange():
            return {
                **{"changed": change.changed, "share": change.changed / rows, "first_rows": list(change.rows)},
                "relisted": change.relisted,
                "changed_payloads": list(change.payloads),
                "transitions": [
                    {"before": one.before, "after": one.after, "count": one.count, "share": one.count / rows}
                    for one in change.transitions
                ],
            }
        case _:
            assert_never(change)


def _step(step: StepCounts) -> Document:
    return {
        "condition": step.condition,
        "kind": step.kind,
        "seen": step.seen,
        "passed": step.passed,
        "dropped": step.dropped,
        "unknown": step.unknown,
        "share": _part(step.passed, step.seen),
        "items": [_step(item) for item in step.items],
    }


def _reads(reads: Reads, rows: int) -> Document:
    return {
        "features": [
            {
                "feature": one.feature,
                "max_age": one.max_age,
                **{status: _counted(count, rows) for status, count in one.counts.items()},
            }
            for one in reads.features
        ],
        "units": [{"unit": one.unit, "missing": _counted(one.missing, rows)} for one in reads.units],
    }


def _crowd(crowd: Crowd, rows: int) -> Document:
    return {
        **_share(Share(crowd.count, rows)),
        "first_rows": list(crowd.rows),
        "cohorts": [{"cohort": name, "count": count, "share": count / crowd.count} for name, count in crowd.cohorts],
    }


def _share(share: Share) -> Document:
    low, high = share.interval
    return {"count": share.count, "share": share.share, "low": low, "high": high}


def _counted(count: int, rows: int) -> Mapping[str, float]:
    return {"count": count, "share": count / rows}


def _part(count: int, of: int) -> float | None:
    return count / of if of else None
