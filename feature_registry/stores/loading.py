"""The content of a store as a registry: loaded as any registry is, from a folder that lasts as long as needed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from feature_registry.diagnostics import Diagnostic, Place
from feature_registry.errors import RegistryError
from feature_registry.files import LARGEST_MODEL, read_bytes, registry_files, root_of
from feature_registry.loader import inspect
from feature_registry.operators import OperatorSignature
from feature_registry.registry import Registry
from feature_registry.stores.content import Content, PutFile, normal, objects_of


@contextmanager
def loaded(
    content: Content, operators: Sequence[OperatorSignature]
) -> Iterator[tuple[Registry, tuple[Diagnostic, ...]]]:
    """The registry and its warnings; its folder is removed at the end. Raises RegistryError when it has errors."""
    with tempfile.TemporaryDirectory(prefix="edgewise-store-") as folder:
        write_folder(content, Path(folder))
        registry, diagnostics = inspect(Path(folder), operators)
        if registry is None:
            raise RegistryError(diagnostics)
        yield registry, diagnostics


def write_folder(content: Content, folder: Path) -> None:
    """Write the files into an existing folder."""
    for name, raw in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


def read_folder(path: Path) -> list[PutFile]:
    """A registry of files as edits that put them all into a draft, models included. Raises RegistryError."""
    files, problems = registry_files(path)
    if problems:
        raise RegistryError(problems)
    root = root_of(path)
    edits = [PutFile(name, normal(name, raw)) for name, raw in files]
    models: dict[str, bytes] = {}
    for edit in edits:
        for name, model in objects_of(edit.name, edit.content).get("models", {}).items():
            file = model.get("file") if isinstance(model, dict) else None
            if isinstance(file, str) and file not in models:
                found = read_bytes(root / file, root, Place(edit.name, pointer=f"/models/{name}/file"), LARGEST_MODEL)
                if isinstance(found, Diagnostic):
                    raise RegistryError([found])
                models[file] = found
    return [*edits, *(PutFile(name, raw) for name, raw in sorted(models.items()))]
