"""Artefacts: a program emitted for one target, as named files with a manifest; always the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from decision_engine.compact_json import compact
from decision_engine.ir import IR_VERSION, Program
from decision_engine.tables import TABLES_VERSION, tables

MANIFEST = "artefact.json"


@dataclass(frozen=True, slots=True)
class Artefact:
    """The files of one target by their path in the artefact's folder, the manifest `artefact.json` among them."""

    target: str
    files: Mapping[str, bytes]

    @property
    def manifest(self) -> dict[str, Any]:
        """The content of `artefact.json`."""
        content: dict[str, Any] = json.loads(self.files[MANIFEST])
        return content


def artefact(target: str, program: Program, files: Mapping[str, bytes]) -> Artefact:
    """The artefact of `files`, with its manifest: target, registry digest, versions, sizes and digests, features,
    decisions."""
    described = {name: _describe(content) for name, content in sorted(files.items())}
    manifest = {
        "target": target,
        "registry": program.registry,
        "ir": IR_VERSION,
        "tables": TABLES_VERSION,
        "bytes": {size: sum(entry[size] for entry in described.values()) for size in ("raw", "gzip")},
        "files": described,
        "features": [feature.name for feature in program.features],
        "decisions": [decision.name for decision in program.decisions],
        "models": [forest.name for forest in program.forests],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Artefact(target, {**files, MANIFEST: text.encode()})


def tables_json(program: Program) -> bytes:
    """`tables.json`: what drives the Python host."""
    return (compact(tables(program)) + "\n").encode()


def tables_module(program: Program) -> bytes:
    """`tables.js`: the same document as an ES module, for hosts that import no JSON."""
    head = f"// The tables of registry {program.registry}, compiled by edgewise."
    return f"{head}\nexport default {compact(tables(program))};\n".encode()


def _describe(content: bytes) -> dict[str, Any]:
    return {
        "raw": len(content),
        "gzip": len(gzip.compress(content, compresslevel=9, mtime=0)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
