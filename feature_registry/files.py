"""The files of a registry: which belong to it, and what is in them. The only part of loading that touches the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from feature_registry.diagnostics import Diagnostic, Place, error

LARGEST_FILE = 16 * 2**20
LARGEST_MODEL = 64 * 2**20

_GENERATED = (".schema.json", ".baseline.json")
_MODEL = re.compile(rb'\s*\{\s*"learner"\s*:')


def root_of(path: Path) -> Path:
    """The folder that a registry's relative paths start from."""
    return path if path.is_dir() else path.parent


def registry_files(path: Path) -> tuple[list[tuple[str, bytes]], list[Diagnostic]]:
    """Name (relative to the root, with `/`) and content of each registry file, sorted by name; and what went wrong.

    A folder gives all `*.json` in it and in its folders, without hidden ones, without generated `*.schema.json` and
    `*.baseline.json`, and without the models that XGBoost saves as JSON: their first key is `learner`, which no
    registry has.
    """
    shown = str(path)
    try:
        if not path.exists():
            return [], [
                error(
                    "no-such-path", "expected a registry, found nothing", Place(shown), "give a folder or a JSON file"
                )
            ]
        if not path.is_dir():
            return _read_all([(path.name, path)], path.parent)
        found, problems = _json_files(path)
    except (OSError, ValueError) as fault:
        return [], [_unreadable(fault, shown)]
    if not found and not problems:
        message = "expected a folder with JSON files, found none"
        problems.append(error("no-files", message, Place(shown), "`edgewise init DIR` makes a first registry"))
    read, unread = _read_all(found, path)
    return read, problems + unread


def read_bytes(path: Path, root: Path, place: Place, largest: int) -> bytes | Diagnostic:
    """The content of a regular file within `root`, or what is wrong with it at `place`."""
    try:
        if not path.resolve().is_relative_to(root.resolve()):
            message = "expected a file within the registry's folder, found a link out of it"
            return error("outside-folder", message, place, "copy the file into the folder")
        if not path.is_file():
            return error(
                "no-such-file",
                "expected a file, found none",
                place,
                f"looked for `{path.name}` in `{path.parent.name}`",
            )
        if path.stat().st_size > largest:
            message = f"expected a file of at most {largest // 2**20} MB, found {path.stat().st_size / 2**20:.1f} MB"
            return error("too-large", message, place)
        return path.read_bytes()
    except (OSError, ValueError, RuntimeError) as fault:  # RuntimeError: links that go in circles
        return _unreadable(fault, place.file, place)


def _read_all(files: list[tuple[str, Path]], root: Path) -> tuple[list[tuple[str, bytes]], list[Diagnostic]]:
    contents: list[tuple[str, bytes]] = []
    problems: list[Diagnostic] = []
    for name, path in files:
        found = read_bytes(path, root, Place(name), LARGEST_FILE)
        if isinstance(found, bytes):
            contents.append((name, found))
        else:
            problems.append(found)
    return contents, problems


def _json_files(root: Path) -> tuple[list[tuple[str, Path]], list[Diagnostic]]:
    found: list[tuple[str, Path]] = []
    problems: list[Diagnostic] = []

    def note(fault: OSError) -> None:
        problems.append(_unreadable(fault, os.path.relpath(fault.filename or root, root)))

    for folder, folders, names in os.walk(root, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(folder)
        problems += _links_out(root, [inside / name for name in folders])
        for name in names:
            path = inside / name
            is_json = name.endswith(".json") and not name.startswith(".") and not name.endswith(_GENERATED)
            if is_json and not _is_model(path):
                found.append((path.relative_to(root).as_posix(), path))
    return sorted(found), problems


def _is_model(path: Path) -> bool:
    """Whether the file begins as XGBoost's models do; what cannot be read is reported later."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return _MODEL.match(file.read(100)) is not None
    except OSError:
        return False


def _links_out(root: Path, folders: list[Path]) -> Iterator[Diagnostic]:
    for folder in folders:
        if folder.is_symlink() and not folder.resolve().is_relative_to(root.resolve()):
            message = "expected a folder within the registry, found a link out of it"
            place = Place(folder.relative_to(root).as_posix())
            yield error("outside-folder", message, place, "copy the files into the registry")


def _unreadable(fault: Exception, shown: str, place: Place | None = None) -> Diagnostic:
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return error("unreadable", f"expected a readable file: {reason[:1].lower()}{reason[1:]}", place or Place(shown))
