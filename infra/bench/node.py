"""Contenders that run in node: one process each, kept alive, so that no one's types spoil another's compiled code."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from infra.errors import EngineError

ROOT = Path(__file__).resolve().parents[2]
LOOP = Path(__file__).with_name("loop.mjs")
WHOLE_SAMPLE, QUICK_SAMPLE = 200, 50
"""Milliseconds that one sample takes."""


class NodeLoop:
    """A node process that times one prepared call (loop.mjs). Use as a context manager."""

    def __init__(self, script: Path, *arguments: str | Path, quick: bool = False) -> None:
        """Start the process; `script` exports `prepare`, which gets the arguments."""
        self._script = script
        sample = QUICK_SAMPLE if quick else WHOLE_SAMPLE
        command = [find_node(), str(LOOP), str(sample), str(script), *map(str, arguments)]
        self._said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 # till the exit
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True, cwd=ROOT
        )

    def __enter__(self) -> NodeLoop:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: object, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()
        self._said.close()

    def sample(self) -> float:
        """Microseconds a call, over one sample; the first one warms up and settles how many calls a sample has."""
        return float(self._ask({"do": "sample"}))

    def results(self, count: int) -> list[Any]:
        """What the call gives for each of the first `count` inputs."""
        found = self._ask({"do": "results", "count": count})
        assert isinstance(found, list), "loop.mjs answers results by a list"
        return found

    def _ask(self, question: dict[str, object]) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None, "both are pipes"
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._process.wait()
            self._said.seek(0)
            said = self._said.read().strip()[-600:] or "it said nothing"
            raise EngineError("node-failed", f"{self._script.name} failed: {said}")
        return json.loads(answer)


def find_node() -> str:
    """The node program. Raises EngineError when it is not installed."""
    node = shutil.which("node")
    if node is None:
        raise EngineError("no-node", "node is not installed", "install node 20 or later")
    return node


def find_package(name: str) -> Path:
    """The folder of an npm package of this checkout. Raises EngineError when it is not installed."""
    folder = ROOT / "node_modules" / name
    if not folder.is_dir():
        raise EngineError("no-peer", f"the npm package `{name}` is not installed", "run `npm ci`")
    return folder
