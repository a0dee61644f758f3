"""Loads a registry: files to JSON to documents, then checks across documents. All problems come at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from feature_registry.checks import ADVICE, CHECKS, Check, Draft
from feature_registry.diagnostics import Diagnostic, Place, error, has_errors, in_order
from feature_registry.document_reader import KINDS, read_document
from feature_registry.documents import ModelDocument, Policies
from feature_registry.documents.base import Document
from feature_registry.errors import RegistryError
from feature_registry.files import LARGEST_MODEL, read_bytes, registry_files, root_of
from feature_registry.findings import described, short
from feature_registry.json_reader import JsonFile, pointer_to, read_json
from feature_registry.nearest import did_you_mean, listed
from feature_registry.operators import OperatorSignature
from feature_registry.registry import Registry, digest_of


def load(path: Path, operators: Sequence[OperatorSignature]) -> Registry:
    """The registry in a folder or file. Raises RegistryError with all its problems when one of them is an error."""
    registry, problems = _inspect(path, operators, [check for check in CHECKS if check not in ADVICE])
    if registry is None:
        _, complete = inspect(path, operators)
        raise RegistryError(complete if has_errors(complete) else problems)  # a file may have changed meanwhile
    return registry


def inspect(path: Path, operators: Sequence[OperatorSignature]) -> tuple[Registry | None, tuple[Diagnostic, ...]]:
    """The registry, or None when it has errors; and all its problems, warnings included, sorted by place."""
    return _inspect(path, operators, CHECKS)


def _inspect(
    path: Path, operators: Sequence[OperatorSignature], checks: Sequence[Check]
) -> tuple[Registry | None, tuple[Diagnostic, ...]]:
    path = Path(path)
    loading = _Loading(root_of(path), MappingProxyType({signature.name: signature for signature in operators}))
    contents, problems = registry_files(path)
    loading.diagnostics += problems
    loading.is_complete = not problems
    for name, content in contents:
        loading.add_file(name, content)
    draft = loading.draft()
    loading.diagnostics += [found for check in checks for found in check(draft)]
    diagnostics = in_order(loading.diagnostics)
    return (None if has_errors(diagnostics) else draft.registry), diagnostics


@dataclass
class _Loading:
    """What has been read so far."""

    root: Path
    operators: Mapping[str, OperatorSignature]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    is_complete: bool = True
    files: dict[tuple[str, str], JsonFile] = field(default_factory=dict)
    jsons: dict[str, dict[str, object]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    documents: dict[str, dict[str, Document]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    broken: set[tuple[str, str]] = field(default_factory=set)

    def add_file(self, name: str, content: bytes) -> None:
        """Read one file into documents."""
        file, problems = read_json(name, content)
        self.diagnostics += problems
        if not file.is_readable:
            self.is_complete = False
            return
        # What stands for a damaged value has been reported; a list that holds one is not to blame either.
        lists = (pointer.rpartition("/")[0] for pointer in file.damaged if pointer[-1:].isdigit())
        reported = {*file.damaged, *lists}
        before = len(self.diagnostics)
        if isinstance(file.value, dict):
            for kind, objects in file.value.items():
                self._add_kind(file, kind, objects)
        else:
            message = f"expected an object, found {described(file.value)}"
            self.diagnostics.append(error("wrong-type", message, file.place(""), 'for instance {"features": {}}'))
        found = self.diagnostics[before:]
        self.diagnostics[before:] = [one for one in found if one.pointer not in reported]

    def draft(self) -> Draft:
        """The registry as far as it was read, for the checks."""
        contents = self._model_files()
        kinds: dict[str, Any] = {kind: MappingProxyType(found) for kind, found in self.documents.items()}
        # Any: the reader gives each kind its own class of document.
        policies = Policies(**kinds.pop("policies"))
        registry = Registry(
            root=self.root,
            digest=digest_of(self.jsons, contents),
            policies=policies,
            model_files=MappingProxyType(contents),
            files=MappingProxyType(self.files),
            **kinds,
        )
        return Draft(registry, self.operators, frozenset(self.broken), self.is_complete)

    def _add_kind(self, file: JsonFile, kind: str, objects: object) -> None:
        pointer = pointer_to(kind)
        if kind == "$schema":
            if not isinstance(objects, str):
                message = f"expected the address of a schema, found {described(objects)}"
                self.diagnostics.append(error("wrong-type", message, file.place(pointer)))
        elif kind not in KINDS:
            help_line = did_you_mean(kind, KINDS) or f"the kinds are {listed(KINDS)}"
            place = file.place(pointer, key=True)
            self.diagnostics.append(error("unknown-key", f"unknown kind of objects `{short(kind)}`", place, help_line))
            self.is_complete = False
        elif not isinstance(objects, dict):
            message = f"expected an object that names {kind}, found {described(objects)}"
            self.diagnostics.append(error("wrong-type", message, file.place(pointer)))
            self.is_complete = False
        else:
            for name, json in objects.items():
                self._add_object(file, kind, name, json)

    def _add_object(self, file: JsonFile, kind: str, name: str, json: object) -> None:
        first = self.files.get((kind, name))
        if first is not None:
            place = file.place(pointer_to(kind, name), key=True)
            at = first.place(pointer_to(kind, name), key=True)
            message = f"`{short(name)}` stands twice among the {kind}"
            help_line = f"the first one is at {at.file}:{at.line}:{at.column}"
            self.diagnostics.append(error("duplicate-name", message, place, help_line))
            return
        self.files[kind, name] = file
        self.jsons[kind][name] = json
        read = read_document(kind, name, json, file, self.operators)
        self.diagnostics += read.diagnostics
        if read.diagnostics:
            self.broken.add((kind, name))
        if read.document is not None:
            self.documents[kind][name] = read.document

    def _model_files(self) -> dict[str, bytes]:
        contents: dict[str, bytes] = {}
        for name, document in self.documents["models"].items():
            assert isinstance(document, ModelDocument), "the reader gives models their class"
            found = self._model_file(name, document)
            if isinstance(found, Diagnostic):
                self.diagnostics.append(found)
            else:
                contents[name] = found
        return contents

    def _model_file(self, name: str, document: ModelDocument) -> bytes | Diagnostic:
        file = self.files["models", name]
        content = read_bytes(self.root / document.file, self.root, Place(file.name), LARGEST_MODEL)
        if isinstance(content, Diagnostic):
            place = file.place(pointer_to("models", name, "file"))
            return replace(content, line=place.line, column=place.column, pointer=place.pointer)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if document.digest is not None and document.digest != digest:
            message = f"expected the file with the digest `{document.digest[:19]}...`, found `{digest[:19]}...`"
            help_line = f'if the file is the right one, write "digest": "{digest}"'
            return error("digest-mismatch", message, file.place(pointer_to("models", name, "digest")), help_line)
        return content
