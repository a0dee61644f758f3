"""Where new objects go: into the file that holds the most of their kind, with everything else in it left as it is."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecoder
from pathlib import Path
from typing import Any

from feature_registry import Diagnostic, OperatorSignature, inspect
from feature_registry.files import registry_files, root_of
from feature_registry.json_reader import read_json
from infra.errors import FileError, InfraError
from infra.files import replacing

WIDTH = 100
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Addition:
    """A new object of a registry."""

    kind: str
    name: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """A file as it will be."""

    path: Path
    content: bytes


def place(
    path: Path, additions: Sequence[Addition], operators: Sequence[OperatorSignature]
) -> tuple[list[Edit], tuple[Diagnostic, ...]]:
    """The files to write, in this order, and what the check will say of the registry.

    The registry at `path` is sound. Raises InfraError when it would not be with these objects: then nothing may be
    written.
    """
    root = root_of(path)
    texts = {name: content.decode() for name, content in registry_files(path)[0]}
    changed: dict[str, None] = {}
    for addition in additions:
        name = _file_for(addition.kind, texts, path)
        texts[name] = inserted(texts.get(name, _empty(root)), addition)
        changed[name] = None
    edits = [Edit(root / name, texts[name].encode()) for name in changed]
    return edits, _checked(path, edits, operators)


def write(edits: Sequence[Edit]) -> None:
    """Write the files, each whole or not at all. Raises FileError."""
    for edit in edits:
        with replacing(edit.path) as file:
            file.write(edit.content)


def inserted(text: str, addition: Addition) -> str:
    """A registry file's text with one more object, as the last of its kind."""
    file, _ = read_json("", text.encode())
    if f"/{addition.kind}" not in file.offsets:
        return _with_member(text, 0, file.offsets[""][1], addition.kind, {addition.name: addition.document})
    start = file.offsets[f"/{addition.kind}"][1]
    return _with_member(text, 1, start, addition.name, addition.document)


def shown(value: Any, depth: int = 0) -> str:
    """JSON for people: what fits on a line stands on one."""
    line = _line(value)
    if not isinstance(value, dict | list) or not value or (depth > 0 and len(line) + len(INDENT) * depth <= WIDTH):
        return line
    inner = INDENT * (depth + 1)
    if isinstance(value, dict):
        members = [f"{_text(name)}: {shown(member, depth + 1)}" for name, member in value.items()]
    else:
        members = [shown(item, depth + 1) for item in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f"{first}\n{inner}" + f",\n{inner}".join(members) + f"\n{INDENT * depth}{last}"


def _with_member(text: str, depth: int, start: int, name: str, value: Any) -> str:
    """The text with a member at the end of the object that begins at `start`."""
    known, end = JSONDecoder().raw_decode(text, start)
    closing = end - 1
    last = len(text[:closing].rstrip())
    lines = _expanded(value, depth + 1)
    inner = INDENT * (depth + 1)
    member = f"\n{inner}{_text(name)}: {lines}"
    return f"{text[:last]}{',' if known else ''}{member}\n{INDENT * depth}{text[closing:]}"


def _line(value: Any) -> str:
    if isinstance(value, dict) and value:
        return f"{{ {', '.join(f'{_text(name)}: {_line(member)}' for name, member in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_line, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _text(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


def _expanded(value: Any, depth: int) -> str:
    text = shown(value)
    return text.replace("\n", f"\n{INDENT * depth}")


def _file_for(kind: str, texts: Mapping[str, str], path: Path) -> str:
    counts = {name: len(json.loads(text).get(kind, {})) for name, text in texts.items()}
    best = max(sorted(counts), key=lambda name: counts[name], default=None)
    if best is not None and (counts[best] or not path.is_dir()):
        return best
    free = (f"{kind}{number or ''}.json" for number in range(len(texts) + 1))
    return next(name for name in free if name not in texts or kind in json.loads(texts[name]))


def _empty(root: Path) -> str:
    schema = "registry.schema.json"
    return f'{{\n{INDENT}"$schema": "./{schema}"\n}}\n' if (root / schema).exists() else "{}\n"


def _checked(path: Path, edits: Sequence[Edit], operators: Sequence[OperatorSignature]) -> tuple[Diagnostic, ...]:
    """What the check says of a copy with the edits. Raises InfraError when it finds an error."""
    root = root_of(path).resolve()
    try:
        with tempfile.TemporaryDirectory(prefix="edgewise-new-") as folder:
            copy = Path(folder, "registry")
            shutil.copytree(root, copy, copy_function=_linked, ignore=shutil.ignore_patterns(".*", "node_modules"))
            for edit in edits:
                target = copy / edit.path.resolve().relative_to(root)
                target.unlink(missing_ok=True)
                target.write_bytes(edit.content)
            registry, diagnostics = inspect(copy if path.is_dir() else copy / path.name, operators)
    except OSError as fault:
        raise FileError("unwritable", f"expected to copy the registry: {fault.strerror or fault}", str(path)) from None
    if registry is None:
        raise InfraError(diagnostics)
    return diagnostics


def _linked(source: str, target: str) -> None:
    """A hard link where the file system has them: model files are large, and nobody writes into the copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
