"""A child process that answers lines of JSON with lines of JSON."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.conformance.cases import FOLDER
from tests.conftest import ROOT


class LineProcess:
    """A program that lives until the `with` ends. What it says on stderr is part of the error when it stops.

    `runtime` is node, or another one's command that a script of this folder and its arguments may follow.
    """

    def __init__(self, runtime: Path | Sequence[str | Path], script: str, *arguments: str | Path) -> None:
        command = [runtime] if isinstance(runtime, Path) else list(runtime)
        self._name = Path(command[0]).name
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [*command, FOLDER / script, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            encoding="utf-8",
        )

    def __enter__(self) -> LineProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        self._said.close()

    def ask(self, **line: object) -> Any:
        """The answer to a line. Raises RuntimeError when it is `{"error": ...}`, or when the process has stopped."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(line, allow_nan=False) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self._said.seek(0)
            raise RuntimeError(f"{self._name} stopped: {self._said.read().decode(errors='replace')}")
        found = json.loads(answer)
        if isinstance(found, dict) and "error" in found:
            raise RuntimeError(found["error"])
        return found
