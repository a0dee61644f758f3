"""The shared cases of what is seen of a visitor, and the JavaScript host's answers to them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from decision_engine.visitor_tables import zones_table

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "conformance" / "visitor"


def load(name: str) -> list[Any]:
    cases: list[Any] = json.loads((CASES / name).read_text(encoding="utf-8"))["cases"]
    return cases


def run_node(operations: list[dict[str, Any]]) -> list[Any]:
    """The JavaScript host's answer to each operation."""
    lines = "".join(json.dumps(operation) + "\n" for operation in [{"zones": zones_table()}, *operations])
    command = [shutil.which("node") or "node", Path(__file__).parent / "runner.mjs"]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(operations) + 1
    return answers[1:]
