"""Runs lines of operations through the JavaScript host in node (decision_engine/hosts/javascript/runner.mjs)."""

import json
import math
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

from decision_engine.hosts.javascript import FOLDER


def run(operations: list[dict[str, Any]], *arguments: str | Path) -> list[dict[str, Any]]:
    """Give each operation's answer, without its `id`."""
    lines = "".join(json.dumps({"id": number} | operation) + "\n" for number, operation in enumerate(operations))
    command = [shutil.which("node") or "node", FOLDER / "runner.mjs", *arguments]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.pop("id") for answer in answers] == list(range(len(operations)))
    return answers


def bits(number: float | None) -> str:
    """The 16 hexadecimal digits of a double; None is NaN."""
    return struct.pack(">d", math.nan if number is None else number).hex()


def exact(value: Any) -> Any:
    """A value as the runner shows it: every number by its bits."""
    if isinstance(value, dict):
        return {key: exact(member) for key, member in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return {"f64": bits(value)} if isinstance(value, int | float) and not isinstance(value, bool) else value
