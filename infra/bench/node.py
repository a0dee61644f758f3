"""Running a benchmark's JavaScript in node, where it is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from infra.errors import EngineError

SCRIPTS = Path(__file__).parent


def run_node(script: str, *arguments: str) -> dict[str, Any]:
    """The JSON object that a script of this folder prints. Raises EngineError when node is missing or the script
    fails."""
    node = shutil.which("node")
    if node is None:
        raise EngineError("no-node", "node is not installed", "install node 20 or later")
    done = subprocess.run([node, str(SCRIPTS / script), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise EngineError("node-failed", f"{script} failed: {done.stderr.strip()[-400:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
