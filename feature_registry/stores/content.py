"""The content of revisions and drafts: the files of a registry's folder, and edits of the objects in them.

Registry files are kept as JSON in one form of text (text.py), so that the same objects give the same bytes in every
store. Model files are kept as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, assert_never

from feature_registry.diagnostics import error
from feature_registry.errors import RegistryError
from feature_registry.files import LARGEST_FILE, LARGEST_MODEL
from feature_registry.findings import described
from feature_registry.json_reader import pointer_to, read_json
from feature_registry.stores.errors import StoreError
from feature_registry.stores.names import check_file_name, check_file_names, check_object
from feature_registry.stores.storage import digest_of
from feature_registry.stores.text import canonical, pretty

Content: TypeAlias = Mapping[str, bytes]
"""File name -> its bytes."""
Objects: TypeAlias = dict[str, dict[str, object]]
"""What a registry file holds: kind -> name -> the object as JSON."""

MOST_FILES = 1000
SCHEMA_KEY = "$schema"
_LEVELS = 2  # an object of the registry has a line of its own
_MODEL_KEY = b'"learner"'  # the first key of the models that XGBoost saves as JSON


@dataclass(frozen=True, slots=True)
class PutObject:
    """Write the object `path` (`kind/name`): in its place when there is one; else at the end of its kind in `file`.

    `file` is by default the last file that has objects of the kind, else `KIND.json`.
    """

    path: str
    value: object
    file: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteObject:
    """Remove the object `path` (`kind/name`)."""

    path: str


@dataclass(frozen=True, slots=True)
class PutFile:
    """Write a whole file: of the registry when its name ends with `.json`, else a model."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """Remove a whole file."""

    name: str


Edit: TypeAlias = PutObject | DeleteObject | PutFile | DeleteFile


def checked(edit: Edit, place: str) -> Edit:
    """The edit with good names, and with its JSON as stores keep it. Raises RegistryError for what is no JSON."""
    match edit:
        case PutObject(path, _, file):
            check_object(path, place)
            if file is not None and not check_file_name(file, place).endswith(".json"):
                message = f"expected a registry file, found `{file}`"
                raise StoreError("bad-store-name", message, place, "its name ends with `.json`")
            return PutObject(path, _checked_value(edit, place), file)
        case DeleteObject(path):
            check_object(path, place)
            return edit
        case PutFile(name, raw):
            return PutFile(check_file_name(name, place), normal(name, raw))
        case DeleteFile(name):
            check_file_name(name, place)
            return edit
        case _:
            assert_never(edit)


def edited(content: Content, edits: Sequence[Edit], place: str) -> dict[str, bytes]:
    """The content after edits that were checked, in their order. Raises StoreError."""
    files = dict(content)
    for edit in edits:
        match edit:
            case PutObject():
                _put_object(files, edit, place)
            case DeleteObject(path):
                _delete_object(files, path, place)
            case PutFile(name, raw):
                files[name] = raw
            case DeleteFile(name):
                if files.pop(name, None) is None:
                    raise StoreError("not-in-draft", f"expected a file to remove, found no `{name}`", place)
            case _:
                assert_never(edit)
    check_file_names(files, place)
    if len(files) > MOST_FILES:
        raise StoreError("too-large", f"expected at most {MOST_FILES} files, found {len(files)}", place)
    return files


def normal(name: str, raw: bytes) -> bytes:
    """A file as stores keep it. Raises RegistryError with places in the file when it is no JSON, or not of objects."""
    if not is_registry_file(name, raw):
        _check_size(name, raw, LARGEST_MODEL)
        return raw
    _check_size(name, raw, LARGEST_FILE)
    file, problems = read_json(name, raw)
    if problems:
        raise RegistryError(problems)
    if not isinstance(file.value, dict):
        message = f"expected an object, found {described(file.value)}"
        raise RegistryError([error("wrong-type", message, file.place(""), 'for instance {"features": {}}')])
    for kind, objects in file.value.items():
        if kind != SCHEMA_KEY and not isinstance(objects, dict):
            message = f"expected an object that names {kind}, found {described(objects)}"
            raise RegistryError([error("wrong-type", message, file.place(pointer_to(kind)))])
    return _written(name, file.value)


def is_registry_file(name: str, raw: bytes) -> bool:
    """Whether a file holds objects of the registry: JSON, except the models that XGBoost saves as JSON."""
    return name.endswith(".json") and not raw.lstrip()[1:100].lstrip().startswith(_MODEL_KEY)


def objects_of(name: str, raw: bytes) -> Objects:
    """The objects in a file that a store keeps, with `$schema` as a kind of its own; none of a model file."""
    if not is_registry_file(name, raw):
        return {}
    found: dict[str, object] = json.loads(raw)
    return {kind: one if isinstance(one, dict) else {"": one} for kind, one in found.items()}


def all_objects(content: Content) -> dict[str, object]:
    """Every object of the registry by `kind/name`; of two with one name, the first."""
    found: dict[str, object] = {}
    for name in sorted(content):
        for kind, objects in objects_of(name, content[name]).items():
            if kind != SCHEMA_KEY:
                for key, value in objects.items():
                    found.setdefault(f"{kind}/{key}", value)
    return found


def file_of(name: str, objects: Objects) -> bytes:
    """The inverse of `objects_of`."""
    return _written(name, {kind: one[""] if kind == SCHEMA_KEY else one for kind, one in objects.items()})


def tree_of(content: Content) -> bytes:
    """The list of the files with their digests, as it is kept itself. Its own digest names the whole content."""
    return pretty({"files": {name: digest_of(content[name]) for name in sorted(content)}}, broken=2)


def edit_json(edit: Edit) -> dict[str, object]:
    """An edit as the log keeps it: contents by their digests."""
    match edit:
        case PutObject(path, value, file):
            place = {} if file is None else {"file": file}
            return {"put": path, "value": digest_of(canonical(value)), **place}
        case DeleteObject(path):
            return {"delete": path}
        case PutFile(name, content):
            return {"put_file": name, "content": digest_of(content)}
        case DeleteFile(name):
            return {"delete_file": name}
        case _:
            assert_never(edit)


def _checked_value(edit: PutObject, place: str) -> object:
    """The value of an edit as a file would give it back. Raises RegistryError when it is no JSON of the registry."""
    kind, _, name = edit.path.partition("/")
    try:
        raw = json.dumps({kind: {name: edit.value}}).encode()
    except RecursionError:
        raise StoreError("too-large", f"expected an object, found one nested too deep: `{edit.path}`", place) from None
    _check_size(edit.path, raw, LARGEST_FILE)
    file, problems = read_json(edit.path, raw)
    if problems or not isinstance(file.value, dict):
        raise RegistryError(problems)
    value: object = file.value[kind][name]
    return value


def _put_object(files: dict[str, bytes], edit: PutObject, place: str) -> None:
    kind, _, name = edit.path.partition("/")
    parsed = {file: objects_of(file, files[file]) for file in sorted(files)}
    holders = [file for file, objects in parsed.items() if kind in objects]
    target = next((file for file in holders if name in parsed[file][kind]), None)
    if target is None:
        target = edit.file or (holders[-1] if holders else f"{kind}.json")
        if target in files and not is_registry_file(target, files[target]):
            raise StoreError("bad-store-name", f"expected a registry file, found the model `{target}`", place)
    objects = parsed.get(target, {})
    objects.setdefault(kind, {})[name] = edit.value
    files[target] = file_of(target, objects)


def _delete_object(files: dict[str, bytes], path: str, place: str) -> None:
    kind, _, name = path.partition("/")
    found = False
    for file in sorted(files):
        objects = objects_of(file, files[file])
        if name in objects.get(kind, {}):
            del objects[kind][name]
            files[file] = file_of(file, objects)
            found = True
    if not found:
        raise StoreError("not-in-draft", f"expected an object to remove, found no `{path}`", place)


def _written(name: str, value: Mapping[str, object]) -> bytes:
    raw = pretty(value, broken=_LEVELS)
    _check_size(name, raw, LARGEST_FILE)
    return raw


def _check_size(name: str, raw: bytes, largest: int) -> None:
    if len(raw) > largest:
        message = f"expected a file of at most {largest // 2**20} MB, found {len(raw) / 2**20:.1f} MB"
        raise StoreError("too-large", message, str(Path(name).as_posix()), "divide it into several files")
