"""Notices that a registry's files change, by looking at them: no service of the system is needed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

Snapshot: TypeAlias = dict[str, tuple[int, int]]
"""Modification time in ns and size of every file by path."""

SETTLE_SECONDS = 0.05


def snapshot(paths: Iterable[Path]) -> Snapshot:
    """The state of files, and of every file in folders; hidden ones in folders do not count. Files that vanish
    meanwhile are left out."""
    found: Snapshot = {}
    for path in paths:
        for file in _files(path):
            with suppress(OSError):
                state = file.stat()
                if file.is_file():
                    found[str(file)] = (state.st_mtime_ns, state.st_size)
    return found


def settled(paths: Iterable[Path]) -> Snapshot:
    """Wait until an editor has finished writing: two equal looks in a row."""
    paths = tuple(paths)
    last = snapshot(paths)
    while True:
        time.sleep(SETTLE_SECONDS)
        current = snapshot(paths)
        if current == last:
            return current
        last = current


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in path.rglob("*"):
        if not any(part.startswith(".") for part in file.relative_to(path).parts):
            yield file
