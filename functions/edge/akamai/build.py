"""The artefact of the target `akamai`: the code bundle of an EdgeWorker."""

from __future__ import annotations

import json
from pathlib import Path

from decision_engine.archives import tar_gzip_archive
from decision_engine.artefact import Artefact, artefact, tables_module
from decision_engine.hosts.javascript import HOST_FILES, host_sources
from decision_engine.ir import Program
from decision_engine.targets.javascript import emit_javascript, javascript_choices

TARGET = "akamai"
BUNDLE = "bundle.tgz"
"""What is uploaded; the artefact has nothing else, since a bundle's size is what the platform counts."""

_OWN_FILES = ("main.js", "globals.js", "requests.js")


def build_akamai(program: Program) -> Artefact:
    """`bundle.tgz` with `main.js` and `bundle.json` at its top."""
    return artefact(TARGET, program, {BUNDLE: tar_gzip_archive(bundle_files(program))}, javascript_choices(program))


def bundle_files(program: Program) -> dict[str, bytes]:
    """The files of the code bundle by name."""
    return {
        **{name: Path(__file__).with_name(name).read_bytes() for name in _OWN_FILES},
        **host_sources(HOST_FILES),
        "program.js": emit_javascript(program).encode(),
        "tables.js": tables_module(program),
        "bundle.json": bundle_manifest(program).encode(),
    }


def bundle_manifest(program: Program) -> str:
    """The text of `bundle.json`; the version names the registry, since Akamai takes each version once."""
    digest = program.registry.rpartition(":")[2][:12]
    content = {"edgeworker-version": f"1.0-{digest}", "description": f"Edgewise, registry {program.registry}"}
    return json.dumps(content, indent=2) + "\n"
