"""The sources' own libraries, in a process of node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import ROOT


def ask(lines: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The answers to some lines (see oracle.mjs)."""
    node = shutil.which("node")
    assert node is not None, "the mark `node` has looked for it"
    done = subprocess.run(
        [node, Path(__file__).with_name("oracle.mjs")],
        input="".join(json.dumps(line) + "\n" for line in lines),
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
