"""The README of each terraform module, from its files: what it is for, its variables, its outputs.

It reads the form that `terraform fmt` writes, not HCL at large; tests/terraform holds the modules to that form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).parents[2]
_FOLDERS = ("terraform/modules",)
_BLOCK = re.compile(r'^(variable|output|resource) "(\w+)"(?: "\w+")? \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_DESCRIPTION = re.compile(r'^  description = "(.*)"$', re.MULTILINE)
_TYPE = re.compile(r"^  type +=\s+(.*)$", re.MULTILINE)
_DEFAULT = re.compile(r"^  default +=\s+(.*)$", re.MULTILINE)


class _Block(NamedTuple):
    kind: str
    name: str
    body: str

    @property
    def description(self) -> str:
        found = _DESCRIPTION.search(self.body)
        return "" if found is None else found[1]


def terraform_pages() -> dict[str, str]:
    """Path of each module's README from the root of the project -> its text."""
    folders = sorted(path.parent for folder in _FOLDERS for path in (_ROOT / folder).glob("*/main.tf"))
    return {f"{module.relative_to(_ROOT).as_posix()}/README.md": "\n".join(_lines(module)) + "\n" for module in folders}


def _lines(module: Path) -> Iterator[str]:
    main = (module / "main.tf").read_text("utf-8")
    yield f"# {module.name}"
    yield ""
    yield from (line.removeprefix("#").strip() for line in _first_comment(main))
    yield ""
    yield f"Makes {_listed(sorted({block.name for block in _blocks(main) if block.kind == 'resource'}))}."
    yield ""
    yield "| variable | type | default | meaning |"
    yield "|---|---|---|---|"
    for block in _blocks((module / "variables.tf").read_text("utf-8")):
        default = _DEFAULT.search(block.body)
        shown = "required" if default is None else f"`{default[1]}`"
        yield f"| `{block.name}` | {_code(_TYPE, block)} | {shown} | {block.description} |"
    yield ""
    yield "| output | meaning |"
    yield "|---|---|"
    for block in _blocks((module / "outputs.tf").read_text("utf-8")):
        yield f"| `{block.name}` | {block.description} |"


def _first_comment(text: str) -> list[str]:
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return lines[:end]


def _blocks(text: str) -> list[_Block]:
    return [_Block(*found) for found in _BLOCK.findall(text)]


def _code(pattern: re.Pattern[str], block: _Block) -> str:
    found = pattern.search(block.body)
    return "" if found is None else f"`{found[1].rstrip('{').rstrip('(')}`"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
