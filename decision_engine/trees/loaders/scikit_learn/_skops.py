"""The part of the skops format that tree models need, read without building any object of a class that a file names.

A file is a zip archive: `schema.json` tells the estimator as nested nodes, and .npy members hold its arrays.

    {"__loader__": "ObjectNode", "__module__": ..., "__class__": ..., "content": NODE of a dict}
    {"__loader__": "DictNode" | "ListNode" | "TupleNode", "content": nodes}
    {"__loader__": "JsonNode", "content": "text of JSON"}
    {"__loader__": "NdArrayNode", "type": "numpy", "file": "123.npy"} or, of objects, {"type": "json", "content": nodes}
    {"__loader__": "TreeNode", "__reduce__": {"args": NODE}, "content": NODE}

Each node becomes a plain value while the JSON is parsed; nodes of other loaders (functions, types, random generators)
become `Opaque`, and nothing is imported. Members are bounded before they are unpacked, as a zip may unpack to a
thousand times its size.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from decision_engine.trees.errors import ModelError
from decision_engine.trees.loaders.scikit_learn._arrays import read_array
from decision_engine.trees.loaders.scikit_learn._saved import SAVE_AGAIN, Array, Opaque, Saved, Stored, quote

MAX_SCHEMA = 128_000_000
"""The longest schema.json; a tree takes about 20,000 characters of it."""

MAX_VALUES = 4_000_000
"""The most values in schema.json; a tree has about 400."""

MAX_UNPACKED = 256_000_000
"""The most bytes of arrays that are unpacked from one file, counting each reading."""

MAX_MEMBERS = 200_000
"""The most members of an archive; a tree has about five."""

_PROTOCOLS = range(3)
_DUMP = "save the fitted estimator with `skops.io.dump(estimator, path)`"
_DAMAGED_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What zipfile raises for a broken archive: wrong sums, unknown compression, encryption, offsets outside the file."""


def read_skops(content: bytes) -> Saved:
    """The object in the bytes of a skops file. Raises ModelError for anything else, a pickle above all."""
    _check_kind(content)
    archive = _open(content)
    schema = archive.member("schema.json", MAX_SCHEMA)
    values = schema.count(b",") + schema.count(b"{") + schema.count(b"[")
    if values > MAX_VALUES:
        message = f"expected at most {MAX_VALUES:,} values in `schema.json`, found {values:,}"
        raise ModelError("model-too-large", message, help="train fewer trees")
    found = _Schema(archive).read(schema)
    if not isinstance(found, Saved):
        message = f"expected an estimator of scikit-learn, found {quote(type(found).__name__)}"
        raise ModelError("unsupported-model", message, help=_DUMP)
    return found


def _check_kind(content: bytes) -> None:
    if content[:4] == b"PK\x03\x04":
        return
    is_pickle = content[:1] == b"\x80" and content[1:2] <= b"\x05"
    if is_pickle or content[:2] in (b"\x1f\x8b", b"x\x9c", b"BZ", b"\xfd7", b"]\x00"):
        kind = "a pickle" if is_pickle else "a compressed file, as joblib writes"
        message = f"expected a skops file, found {kind}, which could run any program when it is loaded"
        raise ModelError("pickle-file", message, help=_DUMP)
    message = f"expected a skops file, found one that begins with {quote(content[:8])}"
    raise ModelError("not-scikit-learn", message, help=_DUMP)


def _open(content: bytes) -> _Archive:
    # Counted first, since zipfile makes an object for each entry of the directory.
    if (members := content.count(b"PK\x01\x02")) > MAX_MEMBERS:
        message = f"expected at most {MAX_MEMBERS:,} members in the file, found {members:,}"
        raise ModelError("model-too-large", message, help="train fewer trees")
    try:
        return _Archive(zipfile.ZipFile(io.BytesIO(content)))
    except _DAMAGED_ARCHIVE:
        message = "expected a whole zip archive, found that its directory cannot be read"
        raise ModelError("truncated", message, help=SAVE_AGAIN) from None


@dataclass(slots=True)
class _Archive:
    """The members of a file; `unpacked` counts the bytes read so far."""

    file: zipfile.ZipFile
    unpacked: int = 0

    def member(self, name: str, most: int) -> bytes:
        """The bytes of a member, at most `most`; no more than these are ever unpacked, whatever its header says."""
        try:
            info = self.file.getinfo(name)
        except KeyError:
            code = "not-scikit-learn" if name == "schema.json" else "damaged-file"
            message = f"expected a member {quote(name)} in the file, found none"
            raise ModelError(code, message, help=_DUMP) from None
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            message = f"expected {quote(name)} stored or deflated, found compression {info.compress_type}"
            raise ModelError("damaged-file", message, help=_DUMP)
        try:
            with self.file.open(info) as stream:
                content = stream.read(most + 1)
        except _DAMAGED_ARCHIVE:
            message = f"expected {quote(name)} to unpack, found it damaged"
            raise ModelError("damaged-file", message, help=SAVE_AGAIN) from None
        self.unpacked += len(content)
        if len(content) > most or self.unpacked > MAX_SCHEMA + MAX_UNPACKED:
            message = f"expected a file that unpacks to at most {MAX_UNPACKED:,} bytes, found more at {quote(name)}"
            raise ModelError("model-too-large", message, help="train fewer trees, or fewer leaves")
        return content


@dataclass(frozen=True, slots=True)
class _StoredArray(Stored):
    """An array in a member, read when it is needed."""

    archive: _Archive
    name: str

    def read(self) -> Array:
        """The array, unpacked anew."""
        return read_array(self.archive.member(self.name, MAX_UNPACKED), self.name)


@dataclass(frozen=True, slots=True)
class _Schema:
    """Makes plain values of nodes, innermost first."""

    archive: _Archive

    def read(self, schema: bytes) -> object:
        """The value of the outermost node."""
        try:
            return json.loads(schema, object_hook=self._value)
        except (ValueError, RecursionError):
            message = "expected JSON in `schema.json`, found something else"
            raise ModelError("damaged-file", message, help=SAVE_AGAIN) from None

    def _value(self, node: dict[str, object]) -> object:
        _check_protocol(node)
        content = node.get("content")
        match node.get("__loader__"):
            case None:
                return node
            case "JsonNode" if isinstance(content, str):
                return _read_scalar(content)
            case "DictNode" if isinstance(content, dict):
                return content
            case "ListNode" if isinstance(content, list):
                return content
            case "TupleNode" if isinstance(content, list):
                return tuple(content)
            case "ObjectNode":
                return _object(node, content if isinstance(content, dict) else {})
            case "TreeNode":
                return _object(node, _tree_attributes(node, content))
            case "NdArrayNode" if node.get("type") == "numpy" and isinstance(node.get("file"), str):
                return _StoredArray(self.archive, str(node["file"]))
            case "NdArrayNode" if isinstance(content, list):
                return content
            case other:
                return Opaque(f"{other} of {node.get('__module__')}.{node.get('__class__')}")


def _object(node: dict[str, object], attributes: Mapping[str, object]) -> Saved:
    return Saved(str(node.get("__module__")), str(node.get("__class__")), attributes)


def _tree_attributes(node: dict[str, object], content: object) -> Mapping[str, object]:
    """The state of a tree, with what it is constructed from: the numbers of features, classes and outputs."""
    reduced = node.get("__reduce__")
    arguments = reduced.get("args") if isinstance(reduced, dict) else None
    if not isinstance(arguments, tuple) or len(arguments) != 3 or not isinstance(content, dict):
        raise ModelError(
            "damaged-file", "expected the arguments and the state of a tree, found others", help=SAVE_AGAIN
        )
    return {**content, **dict(zip(("n_features", "n_classes", "n_outputs"), arguments, strict=True))}


def _check_protocol(node: dict[str, object]) -> None:
    if "_skops_version" in node and node.get("protocol") not in _PROTOCOLS:
        message = f"expected skops protocol 0 to {_PROTOCOLS[-1]}, found {quote(node.get('protocol'))}"
        raise ModelError("unsupported-version", message, help="save the estimator with skops 0.16")


def _read_scalar(content: str) -> object:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise ModelError("damaged-file", f"expected JSON in a node, found {quote(content)}", help=SAVE_AGAIN) from None
    return found if found is None or isinstance(found, str | int | float) else Opaque("JSON")
