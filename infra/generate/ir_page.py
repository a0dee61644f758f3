"""The reference page of the IR, from the docstrings of its nodes."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import get_args

from decision_engine.ir import IR_VERSION, Node, Source


def ir_page() -> str:
    """Markdown: the nodes and the inputs with their meaning."""
    lines = [f"# The intermediate representation, version {IR_VERSION}", ""]
    lines += ["A program is a list of nodes; an operand is the number of an earlier node. NaN means missing.", ""]
    for title, union in (("Nodes", Node), ("Inputs: what each element of the vector holds", Source)):
        lines += [f"## {title}", "", "| name | fields | meaning |", "|---|---|---|"]
        lines += [_row(member) for member in get_args(union)]
        lines.append("")
    return "\n".join(lines)


def _row(member: type) -> str:
    names = ", ".join(field.name for field in fields(member))
    meaning = " ".join((inspect.getdoc(member) or "").split()).replace("|", "\\|")
    return f"| {member.__name__} | {names or '-'} | {meaning} |"
