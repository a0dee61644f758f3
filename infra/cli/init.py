"""`edgewise init`: a small complete registry to start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.parameters import AsJson

EXAMPLE = "edgewise init shop"
SCHEMA = "registry.schema.json"

_TEMPLATE = Path(__file__).parent / "templates" / "shop"


def init(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="The folder to make; it may exist when it is empty.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Make a first registry.

    It is small and complete: features, cohorts, an experiment, decisions, and requests to try them with.
    """
    from infra.cli.output import print_json, print_note
    from infra.folders import write_first_files

    files = first_files()
    write_first_files(files, folder)
    if as_json:
        print_json({"ok": True, "folder": str(folder), "files": list(files)})
        return
    print_note(f"made {folder} with {', '.join(files)}")
    print_note("next:")
    print_note(f"  edgewise check {folder}")
    print_note(f"  edgewise decide {folder} --request {folder / 'visitor.jsonl'}")


def first_files() -> dict[str, bytes]:
    """The files of a new registry by name, the schema for editors among them."""
    from decision_engine.operators import SIGNATURES
    from feature_registry import json_schema

    schema = json.dumps(json_schema(SIGNATURES), indent=2, ensure_ascii=False) + "\n"
    files = {path.name: path.read_bytes() for path in sorted(_TEMPLATE.iterdir()) if path.is_file()}
    return {**files, SCHEMA: schema.encode()}
