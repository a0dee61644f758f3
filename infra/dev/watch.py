"""Notices that a registry's files change, by looking at them: no service of the system is needed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

Snapshot: TypeAlias = tuple[tuple[str, int, int], ...]
"""(path, modification time in ns, size) of every file."""


def snapshot(path: Path) -> Snapshot:
    """The state of a file, or of every file of a folder; hidden files do not count. Files that vanish meanwhile are
    left out."""
    found = []
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    for file in files:
        if any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        with suppress(OSError):
            state = file.stat()
            if file.is_file():
                found.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(found)
