"""Functions that generated code is built on: those that it names, and those that they name, in their order."""

from __future__ import annotations

import re

from decision_engine.targets.cloudfront.minify import names_in

_START = re.compile(r"^(?:const|let|function|async function) (\w+)", re.MULTILINE)


def needed_pieces(library: str, code: str) -> str:
    """The declarations of `library` that `code` needs.

    A declaration starts at the beginning of a line with `const`, `let` or `function`, and ends where the next one, with
    the comment before it, starts.
    """
    pieces = dict(_divide(library))
    wanted = list(names_in(code) & pieces.keys())
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed.add(name)
            wanted += names_in(pieces[name]) & pieces.keys()
    return "\n".join(piece for name, piece in pieces.items() if name in needed)


def _divide(library: str) -> list[tuple[str, str]]:
    found = list(_START.finditer(library))
    starts = [_with_comment(library, one.start()) for one in found] + [len(library)]
    return [
        (one.group(1), library[start:end].strip() + "\n")
        for one, start, end in zip(found, starts, starts[1:], strict=False)
    ]


def _with_comment(library: str, start: int) -> int:
    """Where the comment lines right before `start` begin."""
    while True:
        line = library.rfind("\n", 0, max(start - 1, 0)) + 1
        if start == 0 or not library[line:start].startswith("//"):
            return start
        start = line
