"""One run of the conformance cases for all test processes: programs are compiled once, and each runtime starts once.

What one process of pytest-xdist has made, the others read from a folder of the test run.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.conformance.cases import groups
from tests.conformance.engines import ONE_WAY, RUNTIMES, Answers, Job
from tests.conformance.programs import PASSES, program_folder, write_hosts, write_programs

REFERENCE = "reference"


class Conformance:
    """The answers of the runtimes, made when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, dict[str, Answers]] = {}
        folder.mkdir(exist_ok=True)

    def answers(self, runtime: str, passes: str) -> Answers:
        """The answers of a runtime with passes `on` or `off`. Raises RuntimeError when it cannot run."""
        if runtime not in self._known:
            self._write_programs()
            found = self._once(runtime, lambda: self._run(runtime))
            if isinstance(found, str):
                raise RuntimeError(found)
            self._known[runtime] = found
        return self._known[runtime][passes]

    def _write_programs(self) -> None:
        self._once("hosts", lambda: write_hosts(self._folder))
        # Two processes begin at different ends, so that each compiles one half.
        halves = PASSES if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0" else PASSES[::-1]
        for passes in halves:
            self._once(f"programs-{passes}", partial(write_programs, self._folder, passes))

    def _run(self, runtime: str) -> dict[str, Answers] | str:
        """The answers by passes; or, when the runtime fails, why: it is not started again for each test."""
        ways = [ONE_WAY[runtime]] if runtime in ONE_WAY else PASSES
        jobs = [Job(group, program_folder(self._folder, group, passes)) for passes in ways for group in groups()]
        try:
            answers = RUNTIMES[runtime](self._folder, jobs)
        except Exception as error:
            return f"{runtime} failed: {type(error).__name__}: {error}"
        count = len(groups())
        return {passes: answers[way * count : (way + 1) * count] for way, passes in enumerate(ways)}

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gives, made by the first process that asks."""
        kept = self._folder / f"{name}.json"
        with _locked(self._folder / f"{name}.lock"):
            if not kept.exists():
                kept.write_text(json.dumps(make()), encoding="utf-8")
        return json.loads(kept.read_text(encoding="utf-8"))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
