"""The reference page of diagnostics, from the tables of codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from decision_engine.models import MODEL_CODES
from feature_registry import CODES
from infra.codes import INFRA_CODES


def errors_page() -> str:
    """Markdown: a table of what can be wrong with a registry, and one of what else commands report."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Errors and warnings"
    yield ""
    yield "Codes are stable. Each finding has a place, where there is one, and a help line."
    yield ""
    yield "## What can be wrong with a registry"
    yield ""
    yield "`edgewise check` finds these, and so does every command that reads a registry."
    yield ""
    yield from _table({**CODES, **MODEL_CODES})
    yield ""
    yield "## What else commands report"
    yield ""
    yield "Requests can also be refused with the codes of the edge ([host](host.md#http))."
    yield ""
    yield from _table(INFRA_CODES)


def _table(codes: Mapping[str, str]) -> Iterator[str]:
    yield "| code | meaning |"
    yield "|---|---|"
    for code, sentence in sorted(codes.items()):
        yield f"| `{code}` | {sentence} |"
