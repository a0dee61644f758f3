"""What `edgewise advise` says: one JSON document, and rows of tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from decision_engine.advisor import PERCENTILES, PRICES, Advice, Assumptions, Cost, Meter, Spread, Way, shown

SUMMARY_COLUMNS = ("decision", "runs", "advice", "budget", "P50", "P95", "worst", "USD a month", "why")
QUESTION_COLUMNS = ("question", "answer", "speaks for", "why")
SCORE_COLUMNS = ("aspect", "score", "why")
WAY_COLUMNS = ("way", "part", "P50", "P95", "worst")
COST_COLUMNS = ("platform", "as", *(str(meter) for meter in Meter if not meter.startswith("included")), "USD a month")
ASSUMPTION_COLUMNS = ("assumption", "value", "", "meaning")

_DIGITS = 9  # of JSON: figures are no more precise than their assumptions


def report_json(advice: Sequence[Advice], assumptions: Assumptions, registry: str) -> dict[str, Any]:
    """The document that `--json` prints."""
    return {
        "ok": not any(one.conflicts for one in advice),
        "registry": registry,
        "decisions": [_advice(one) for one in advice],
        "assumptions": [one._asdict() for one in shown(assumptions)],
        "prices": {
            name: {"title": one.title, "meters": {meter: asdict(found) for meter, found in one.meters.items()}}
            for name, one in PRICES.items()
        },
    }


def summary_rows(advice: Sequence[Advice]) -> list[tuple[str, ...]]:
    """A row for each decision, with SUMMARY_COLUMNS."""
    return [tuple(_summary(one)) for one in advice]


def question_rows(advice: Advice) -> list[tuple[str, ...]]:
    """The four questions, with QUESTION_COLUMNS."""
    return [
        (one.text, "yes" if one.answer else "no", one.speaks_for if one.answer else "", one.why)
        for one in advice.questions
    ]


def score_rows(advice: Advice) -> list[tuple[str, ...]]:
    """The scores, with SCORE_COLUMNS: 1 speaks for the edge, -1 for the cloud."""
    return [(one.aspect, "?" if one.score is None else f"{one.score:+.2f}", one.why) for one in advice.scores]


def way_rows(advice: Advice) -> list[tuple[str, ...]]:
    """The latency of each way, part by part, with WAY_COLUMNS."""
    rows: list[tuple[str, ...]] = []
    for way in advice.ways:
        rows += [(way.placement if not n else "", part.name, *_times(part.time)) for n, part in enumerate(way.parts)]
        rows.append(("", "together", *_times(way.total)))
    return rows


def cost_rows(advice: Advice) -> list[tuple[str, ...]]:
    """The monthly cost of each platform, meter by meter, with COST_COLUMNS."""
    return [(PRICES[one.platform].title, one.placement, *_meters(one), _usd(one)) for one in advice.costs]


def assumption_rows(assumptions: Assumptions) -> list[tuple[str, ...]]:
    """Every assumption, with ASSUMPTION_COLUMNS."""
    return [
        (one.name, _value(one.value), "given" if one.is_given else "default", one.meaning) for one in shown(assumptions)
    ]


def _summary(one: Advice) -> Iterator[str]:
    yield from (one.facts.decision, one.facts.runs, one.placement)
    yield "" if one.facts.latency is None else f"{one.facts.latency:g} ms"
    within = one.way.within(one.facts.latency)
    for name, text in zip(PERCENTILES, _times(one.way.total), strict=True):
        yield f"{text}!" if within[name] is False else text
    yield "?" if one.cost is None else f"{one.cost.known:,.2f}"
    yield "; ".join(one.reasons)


def _advice(one: Advice) -> dict[str, Any]:
    facts = asdict(one.facts)
    return {
        "decision": one.facts.decision,
        "runs": one.facts.runs,
        "advice": one.placement,
        "reasons": list(one.reasons),
        "conflicts": list(one.conflicts),
        "questions": [asdict(question) for question in one.questions],
        "scores": [{**asdict(scored), "score": _rounded(scored.score)} for scored in one.scores],
        "latency": {
            "budget": one.facts.latency,
            "ways": [_way(way, one.facts.latency) for way in one.ways],
        },
        "costs": [_cost(cost) for cost in one.costs],
        "facts": {name: facts[name] for name in ("features", "models", "operations", "far_units", "fits")},
    }


def _way(way: Way, budget: int | None) -> dict[str, Any]:
    return {
        "placement": way.placement,
        "parts": [{"part": part.name, **_spread(part.time)} for part in way.parts],
        "total": _spread(way.total),
        "within": way.within(budget),
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "platform": cost.platform,
        "placement": cost.placement,
        "usd": _rounded(cost.total),
        "at_least": _rounded(cost.known),
        "unknown": list(dict.fromkeys(cost.unknown)),
        "meters": [
            {**asdict(line), "used": _rounded(line.used), "usd": _rounded(line.usd)} for line in cost.lines if line.used
        ],
    }


def _meters(cost: Cost) -> Iterator[str]:
    for meter in (meter for meter in Meter if not meter.startswith("included")):
        lines = [line for line in cost.lines if line.meter is meter]
        if any(line.usd is None for line in lines):
            yield "?"
        else:
            usd = sum(line.usd or 0.0 for line in lines)
            yield f"{usd:,.2f}" if usd else ""


def _usd(cost: Cost) -> str:
    return f"{cost.known:,.2f}" if cost.total is not None else f"at least {cost.known:,.2f}" if cost.known else "?"


def _times(spread: Spread) -> tuple[str, str, str]:
    return _time(spread.p50), _time(spread.p95), _time(spread.worst)


def _time(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms >= 100 else f"{ms:.3g} ms"


def _spread(spread: Spread) -> dict[str, float | None]:
    return {name: _rounded(getattr(spread, name)) for name in PERCENTILES}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _value(value: object) -> str:
    match value:
        case {"p50": p50, "p95": p95, "worst": worst}:
            return f"{p50:g} / {p95:g} / {worst:g}"
        case None:
            return "not given"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,g}" if value < 1e6 else f"{value:,.0f}"
        case _:
            return str(value)
