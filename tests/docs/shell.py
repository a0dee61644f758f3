"""Runs the commands of a page as a reader would: in a new folder, with the environment of the checkout."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.docs.pages import Block

SERVED_AT = "http://127.0.0.1:8787"
KNOWN = {"curl", "echo", "edgewise", "make", "python", "source"}


class Shell:
    """A folder that looks like the checkout to commands: `.venv` and `examples` stand in it. A context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._dev: subprocess.Popen[str] | None = None
        self._url = SERVED_AT
        (folder / ".venv").symlink_to(sys.prefix)
        (folder / "examples").symlink_to(ROOT / "examples")
        assert self._scripts().joinpath("edgewise").exists(), "run `make setup`: the checkout is not installed"

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        if self._dev is not None:
            self._dev.terminate()
            self._dev.communicate(timeout=30)

    def run_block(self, block: Block, not_run: dict[str, str]) -> None:
        """Run the commands of a block one after another; each must end with 0."""
        for command in commands(block.text):
            if command in not_run:
                continue
            assert command.split()[0] in KNOWN, f"{block.place}: this test knows no `{command.split()[0]}`"
            if command.startswith("edgewise dev "):
                self._serve(command)
            else:
                self.run(command, block.place)

    def run(self, command: str, place: str) -> str:
        """Run one command; what it prints."""
        if command.startswith("curl "):
            if shutil.which("curl") is None:
                pytest.skip("needs curl")
            command = command.replace("curl ", "curl --fail ", 1).replace(SERVED_AT, self._url)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{place}: {command}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _serve(self, command: str) -> None:
        """Start `edgewise dev` at a free port, in the runtime that every machine has."""
        self._dev = subprocess.Popen(
            [*command.split(), "--port", "0", "--runtime", "python", "--json"],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._dev.stdout is not None
        line = self._dev.stdout.readline()
        assert line.startswith("{"), line
        event = json.loads(line)
        assert event["event"] == "serving", line
        self._url = event["url"]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{self._scripts()}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}

    def _scripts(self) -> Path:
        return self.folder / ".venv" / "bin"


def commands(text: str) -> list[str]:
    """The commands of a block, with continued lines joined, without comments."""
    joined = re.sub(r" *\\\n *", " ", text)
    return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
