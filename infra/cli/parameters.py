"""Parameters that commands share, as annotations of typer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


class EngineName(StrEnum):
    """The engines of `infra.engines.ENGINES`; a test compares the two."""

    REFERENCE = "reference"
    PYTHON = "python"
    JAVASCRIPT = "javascript"
    WASM = "wasm"


RegistryPath: TypeAlias = Annotated[
    Path, typer.Argument(metavar="PATH", help="The registry: a folder of JSON files, or one file.", show_default=False)
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON on one line, for programs.")]
RequestFile: TypeAlias = Annotated[
    str,
    typer.Option(
        "--request",
        metavar="FILE|-",
        help="The request as a JSON object; - reads it from standard input.",
        show_default=False,
    ),
]
DecisionNames: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--decision", metavar="NAME", help="Decide only this; may be given several times.", show_default=False
    ),
]
Time: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="The time of the request: RFC 3339 text such as 2026-11-27T08:00:00Z, or ms since 1970. Now by default.",
        show_default=False,
    ),
]
EngineOption: TypeAlias = Annotated[EngineName, typer.Option("--engine", help="What decides.")]
