"""Artefacts: a program emitted for one target, as named files with a manifest; always the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from decision_engine.compact_json import compact
from decision_engine.ir import IR_VERSION, Program
from decision_engine.tables import TABLES_VERSION, tables
from decision_engine.targets.choice import ForestChoice

MANIFEST = "artefact.json"


@dataclass(frozen=True, slots=True)
class Artefact:
    """The files of one target by their path in the artefact's folder, the manifest `artefact.json` among them.

    `choices` says how the forest of each model is emitted, and why.
    """

    target: str
    files: Mapping[str, bytes]
    choices: tuple[ForestChoice, ...] = ()

    @property
    def manifest(self) -> dict[str, Any]:
        """The content of `artefact.json`."""
        content: dict[str, Any] = json.loads(self.files[MANIFEST])
        return content


def artefact(
    target: str, program: Program, files: Mapping[str, bytes], choices: tuple[ForestChoice, ...] = ()
) -> Artefact:
    """The artefact of `files`, with its manifest: target, registry digest, versions, sizes and digests, features,
    decisions, models, and how each model's forest is emitted."""
    entries = {name: _describe(content) for name, content in sorted(files.items())}
    manifest = {
        "target": target,
        "registry": program.registry,
        "ir": IR_VERSION,
        "tables": TABLES_VERSION,
        "digest": _digest(target, program.registry, entries),
        "bytes": {size: sum(entry[size] for entry in entries.values()) for size in ("raw", "gzip")},
        "files": entries,
        "features": [feature.name for feature in program.features],
        "decisions": [decision.name for decision in program.decisions],
        "models": [forest.name for forest in program.forests],
        "choices": [asdict(choice) for choice in choices],
    }
    return Artefact(target, {**files, MANIFEST: _manifest(manifest)}, choices)


def described(artefact: Artefact, more: Mapping[str, Any]) -> Artefact:
    """The same artefact, with more members in its manifest."""
    return replace(artefact, files={**artefact.files, MANIFEST: _manifest({**artefact.manifest, **more})})


def tables_json(program: Program) -> bytes:
    """`tables.json`: what drives the Python host."""
    return (compact(tables(program)) + "\n").encode()


def tables_module(program: Program) -> bytes:
    """`tables.js`: the same document as an ES module, for hosts that import no JSON."""
    head = f"// The tables of registry {program.registry}, compiled by edgewise."
    return f"{head}\nexport default {compact(tables(program))};\n".encode()


def _manifest(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _digest(target: str, registry: str, files: Mapping[str, Mapping[str, Any]]) -> str:
    """The digest of an artefact: of the target, the registry, and each file's name and digest.

    The manifest itself is not in it: sizes after gzip are those of the machine's zlib, and differ between machines.
    """
    lines = [target, registry, *(f"{name} {entry['sha256']}" for name, entry in sorted(files.items()))]
    return f"sha256:{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()}"


def _describe(content: bytes) -> dict[str, Any]:
    return {
        "raw": len(content),
        "gzip": len(gzip.compress(content, compresslevel=9, mtime=0)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
