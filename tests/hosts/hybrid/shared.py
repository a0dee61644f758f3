"""The shared cases of hybrid decisions and modes, and the JavaScript implementation of what they hold."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "conformance"


def load(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return found


def run_node(operations: list[dict[str, Any]]) -> list[Any]:
    """The JavaScript implementation's answer to each operation."""
    lines = "".join(json.dumps(operation) + "\n" for operation in operations)
    command = [shutil.which("node") or "node", Path(__file__).parent / "runner.mjs"]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(operations)
    return answers


def body_of(case: dict[str, Any]) -> bytes:
    """The bytes of an answer's case."""
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    if "repeat" in case:
        start, filler, count = case["repeat"]
        return bytes(start + filler * count, "utf-8")
    return bytes(case["body"], "utf-8")
