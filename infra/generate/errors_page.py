"""The reference page of diagnostics, from the table of codes."""

from __future__ import annotations

from decision_engine.models import MODEL_CODES
from feature_registry import CODES


def errors_page() -> str:
    """Markdown: one row for each code."""
    rows = [f"| `{code}` | {sentence} |" for code, sentence in sorted({**CODES, **MODEL_CODES}.items())]
    head = ["# What `edgewise check` can find", "", "Codes are stable. Each finding has a place and a help line.", ""]
    return "\n".join([*head, "| code | meaning |", "|---|---|", *rows]) + "\n"
