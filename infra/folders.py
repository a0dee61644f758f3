"""Artefact folders: written whole beside their place and then moved there, so that nobody ever sees half of one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from decision_engine.artefact import MANIFEST, Artefact
from infra.errors import FileError
from infra.files import sibling, unwritable

BY_PRODUCTS = frozenset({"__pycache__", ".wrangler", "node_modules"})
"""Folders that running an artefact leaves behind; they go with the artefact that they belong to."""


def write_artefact(artefact: Artefact, folder: Path, *, registry: Path | None = None) -> None:
    """Make `folder` hold exactly the artefact's files, or raise FileError and change nothing.

    It may not stand in the folder of the registry, which would read it as a part of itself.
    """

    def check(place: Path) -> None:
        if registry is not None and place.is_relative_to(registry.resolve()):
            message = "expected a folder outside of the registry, found one within"
            raise FileError("inside-registry", message, str(folder), "an artefact's JSON would become part of it")
        check_free(place)

    _write(artefact.files, folder, check)


def write_first_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Make `folder`, which is absent or empty, hold these files. Raises FileError, and then changes nothing."""
    _write(files, folder, check_empty)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder that does not exist yet. Raises OSError."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def check_free(folder: Path) -> None:
    """Raise FileError unless `folder` is absent, empty, or filled by an earlier artefact alone."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileError("not-a-folder", "expected a folder to write, found a file", str(folder), "choose another path")
    found = [path for path in sorted(folder.rglob("*")) if not path.is_dir() or path.is_symlink()]
    if not found:
        return
    listed = _listed(folder / MANIFEST)
    if listed is None:
        message = f"expected an empty folder or an earlier artefact, found a folder without a sound {MANIFEST}"
        raise FileError("not-an-artefact", message, str(folder), "choose a new folder, or empty this one yourself")
    names = (path.relative_to(folder) for path in found)
    foreign = [str(name) for name in names if name.as_posix() not in listed and not BY_PRODUCTS & set(name.parts)]
    if foreign:
        message = f"expected only an earlier artefact's files, found `{foreign[0]}`"
        message += f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise FileError("not-an-artefact", message, str(folder), "move them away, or choose a new folder")


def check_empty(folder: Path) -> None:
    """Raise FileError unless `folder` is absent or empty."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FileError("not-a-folder", "expected a folder to write, found a file", str(folder), "choose another path")
    first = next(folder.iterdir(), None)
    if first is not None:
        message = f"expected a new or empty folder, found `{first.name}` in it"
        raise FileError("not-empty", message, str(folder), "choose a new folder")


def _write(files: Mapping[str, bytes], folder: Path, check: Callable[[Path], None]) -> None:
    try:
        place = folder.resolve()
        check(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = sibling(place)
        try:
            write_files(files, draft)
            _take_place(draft, place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except (OSError, ValueError, RuntimeError) as fault:  # RuntimeError: links that go in circles
        raise unwritable(fault, str(folder)) from None


def _listed(manifest: Path) -> set[str] | None:
    """The files of the artefact that the manifest describes; None when it describes none."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(manifest.read_bytes())
        if isinstance(content["files"], dict) and isinstance(content["target"], str):
            return {MANIFEST, *content["files"]}
    return None


def _take_place(draft: Path, folder: Path) -> None:
    """Move the draft to its place; what stands there goes only after that, and comes back when it fails."""
    if not folder.exists() or not any(folder.iterdir()):
        draft.rename(folder)  # POSIX lets a folder take the place of an empty one
        return
    old = sibling(folder)
    folder.rename(old)
    try:
        draft.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
