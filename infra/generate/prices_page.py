"""The reference page of platforms' prices, from their dated data."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

from decision_engine.advisor import PRICES, Assumptions, Meter, Price, PriceList, shown


def prices_page() -> str:
    """Markdown: the meters, a table for each platform, and the assumptions with their defaults."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Prices of platforms"
    yield ""
    yield "What `edgewise advise` counts with: each figure in USD with the day it was read and its source, from"
    yield "`decision_engine/advisor/prices.json`. Free tiers are not counted; what a base price includes is. Where a"
    yield "price is not established (`?`), a cost that needs it is unknown, and never taken for 0."
    yield ""
    yield "## Meters"
    yield ""
    yield "| meter | what it is |"
    yield "|---|---|"
    for meter, meaning in _meanings():
        yield f"| `{meter}` | {meaning} |"
    for platform in PRICES.values():
        yield from _section(platform)
    yield ""
    yield "## Assumptions"
    yield ""
    yield "Times in ms unless the name says otherwise; of three figures the first is the median, the second what 95 of"
    yield "100 cases keep, the third the worst. How to replace them: [advisor](../advisor.md#assumptions)."
    yield ""
    yield "| assumption | default | meaning |"
    yield "|---|---|---|"
    for one in shown(Assumptions()):
        yield f"| `{one.name}` | {_assumed(one.value)} | {one.meaning} |"


def _meanings() -> Iterator[tuple[Meter, str]]:
    """Each meter with the text that stands under it in its class."""
    tree = ast.parse(inspect.getsource(Meter)).body[0]
    assert isinstance(tree, ast.ClassDef), "meters are a class"
    texts = [
        node.value.value
        for node in tree.body[1:]
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    for meter, text in zip(Meter, texts, strict=True):
        yield meter, str(text).rstrip(".")


def _section(platform: PriceList) -> Iterator[str]:
    yield ""
    yield f"## {platform.title}"
    yield ""
    yield "| meter | price | as of | source | note |"
    yield "|---|---|---|---|---|"
    for meter, price in platform.meters.items():
        yield f"| `{meter}` | {_value(price)} | {price.as_of} | {_source(price)} | {price.note or ''} |"


def _value(price: Price) -> str:
    return "?" if price.value is None else f"{price.value:g}"


def _source(price: Price) -> str:
    if price.source is None:
        return ""
    return f"<{price.source}>" if price.source.startswith("https://") else price.source


def _assumed(value: object) -> str:
    match value:
        case {"p50": p50, "p95": p95, "worst": worst}:
            return f"{p50:g}, {p95:g}, {worst:g}"
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,.10g}"
        case _:
            return str(value)
