"""The reference page of platforms' limits, from their dated data."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from decision_engine.budget import HELD, PLATFORM_OF_TARGET, PLATFORMS, Limit, Platform, Quantity
from decision_engine.budget import operations as longest_path


def limits_page() -> str:
    """Markdown: what is held when a program is compiled, then a table for each platform."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Limits of platforms"
    yield ""
    yield "Each figure with the day it was read and its source, from `decision_engine/budget/limits.json`. Where"
    yield "sources disagree, the stricter figure counts. What is not established is held to nothing. Prices are"
    yield "before free tiers."
    yield ""
    yield f"`edgewise compile` fails when an artefact passes one of {', '.join(f'`{one}`' for one in HELD)};"
    yield "it prints the breakdown by part and what to do. The other figures are for people: they depend on what a"
    yield "request does."
    yield ""
    yield "## Targets"
    yield ""
    yield "| target | platform |"
    yield "|---|---|"
    for target, platform in sorted(PLATFORM_OF_TARGET.items()):
        yield f"| `{target}` | {'none limits it' if platform is None else PLATFORMS[platform].title} |"
    for platform_ in PLATFORMS.values():
        yield from _section(platform_)
    yield ""
    yield "## Operations on the longest path"
    yield ""
    yield from (inspect.getdoc(longest_path) or "").splitlines()


def _section(platform: Platform) -> Iterator[str]:
    yield ""
    yield f"## {platform.title}"
    yield ""
    yield "| quantity | limit | as of | source | note |"
    yield "|---|---|---|---|---|"
    for quantity, limit in platform.limits.items():
        yield f"| `{quantity}` | {_value(quantity, limit)} | {limit.as_of} | {_source(limit)} | {limit.note or ''} |"


def _value(quantity: Quantity, limit: Limit) -> str:
    if limit.value is None:
        return "?"
    if quantity is Quantity.PRICE_PER_MILLION:
        return f"{limit.value:.2f} USD"
    return f"{limit.value:,.0f} {'ms' if quantity in (Quantity.CPU_MS, Quantity.STARTUP_MS) else 'bytes'}"


def _source(limit: Limit) -> str:
    if limit.source is None:
        return ""
    return f"<{limit.source}>" if limit.source.startswith("https://") else limit.source
