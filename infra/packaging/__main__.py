"""python -m infra.packaging REGISTRY --out DIR: the wheel of a registry as byte code for Pyodide, with its lock."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from decision_engine.pipeline import compile_program
from feature_registry import RegistryError
from infra.cli.inputs import read_registry
from infra.cli.output import print_diagnostics, print_note
from infra.errors import InfraError
from infra.folders import write_artefact
from infra.packaging import build_pyodide, find_tool


def main(arguments: Sequence[str]) -> int:
    """Exit code 0, or 1 when the registry has errors or pyodide-build cannot run."""
    parser = argparse.ArgumentParser(prog="python -m infra.packaging", description=__doc__)
    parser.add_argument("registry", type=Path, metavar="REGISTRY", help="the registry's folder or file")
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help="new, empty, or an earlier artefact")
    options = parser.parse_args(arguments)
    try:
        tool = find_tool()
        registry, models = read_registry(options.registry)
        artefact = build_pyodide(compile_program(registry, models), tool)
        write_artefact(artefact, options.out, registry=registry.root if options.registry.is_dir() else None)
    except (RegistryError, InfraError) as problem:
        print_diagnostics(problem.diagnostics, to_stderr=True)
        return problem.exit_code
    print_note(f"pyodide artefact of registry {registry.digest} written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
