"""What `edgewise import` needs of files: the document in, and a registry that is sound before it is written."""

from __future__ import annotations

import tempfile
from pathlib import Path

from decision_engine.models import load_models
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import load
from feature_registry.files import LARGEST_FILE
from infra.errors import FileError


def read_document(file: Path) -> bytes:
    """The document's bytes. Raises FileError."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            message = f"expected a document of at most {LARGEST_FILE // 2**20} MB, found a larger one"
            raise FileError("too-large", message, str(file), "import it in parts")
        return file.read_bytes()
    except FileNotFoundError:
        raise FileError("no-such-file", "no such file", str(file)) from None
    except OSError as problem:
        reason = problem.strerror or "it cannot be read"
        raise FileError("unreadable", f"cannot read the document: {reason.lower()}", str(file)) from problem


def checked(registry: bytes) -> None:
    """Load and compile the registry of an import. Raises RegistryError with what is wrong with it."""
    with tempfile.TemporaryDirectory(prefix="edgewise-import-") as name:
        path = Path(name) / "registry.json"
        path.write_bytes(registry)
        loaded = load(path, SIGNATURES)
        compile_program(loaded, load_models(loaded))
