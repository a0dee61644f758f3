"""`edgewise compile`: the registry's artefact for one target, as a folder."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.parameters import AsJson, RegistryPath

EXAMPLE = "edgewise compile examples/online_shop/registry --target cloudflare --out build/cloudflare"


class TargetName(StrEnum):
    """The targets of `infra.targets.TARGETS`; a test compares the two."""

    CLOUDFLARE = "cloudflare"
    PYTHON = "python"
    WASM = "wasm"
    JAVASCRIPT = "javascript"


def compile(
    path: RegistryPath,
    target: Annotated[TargetName, typer.Option("--target", help="What to compile for.", show_default=False)],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="The folder to write: new, empty, or an earlier artefact.", show_default=False
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Compile a registry for one target.

    Writes a folder with artefact.json and prints the sizes. The same registry gives the same bytes. Nothing is written
    when the registry has errors.
    """
    from infra.cli.inputs import read_registry
    from infra.cli.output import print_json, print_note, print_table
    from infra.folders import write_artefact
    from infra.targets import build

    registry, models = read_registry(path)
    artefact = build(target, registry, models)
    write_artefact(artefact, out, registry=registry.root if path.is_dir() else None)
    manifest = artefact.manifest
    if as_json:
        print_json({"ok": True, "out": str(out), **manifest})
        return
    rows = [(name, f"{entry['raw']:,}", f"{entry['gzip']:,}") for name, entry in manifest["files"].items()]
    rows.append(("together", f"{manifest['bytes']['raw']:,}", f"{manifest['bytes']['gzip']:,}"))
    print_table(("file", "bytes", "gzip"), rows, numbers=(1, 2))
    print_note(f"{target} artefact of registry {manifest['registry']} written to {out}")
