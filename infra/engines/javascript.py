"""The engine `javascript`: the emitted ES module behind the JavaScript host, in a process of node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import IO, Any, Self

from decision_engine.artefact import tables_json
from decision_engine.hosts.javascript import FOLDER
from decision_engine.ir import Program
from decision_engine.targets.javascript import emit_javascript
from infra.engines.engine import Batch, refusal
from infra.errors import EngineError

_FAULT = re.compile(r"(?:Uncaught )?[A-Za-z]*Error\b")
_CHUNK = 256  # requests sent at once


class JavascriptEngine:
    """Speaks with the host's runner.mjs in lines of JSON. The process lives until the block ends."""

    name = "javascript"

    def __init__(self, program: Program) -> None:
        node = shutil.which("node")
        if node is None:
            message = "expected node (20 or later) for the engine `javascript`, found none"
            raise EngineError("no-node", message, "install node, or choose the engine `python` or `wasm`")
        self._command = [node, str(FOLDER / "runner.mjs")]
        self._decisions = [decision.name for decision in program.decisions]
        self._files = {
            "program.js": emit_javascript(program).encode(),
            "tables.json": tables_json(program),
            "package.json": b'{"type": "module"}\n',
        }
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgewise-")))
            for name, content in self._files.items():
                (folder / name).write_bytes(content)
            self._said = stack.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                [*self._command, str(folder), "--engine", "javascript"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
            )
            stack.callback(_end, self._process)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process = None
        self._stack.close()

    def answers(self, batch: Batch) -> list[str]:
        """The answer's text of each request."""
        process = self._process
        assert process is not None, "the engine is used inside its block"
        assert process.stdin is not None
        assert process.stdout is not None
        lines = [_line(request=request, at=at) for request, at in batch]
        # Written beside the reading: each side would wait for the other once both pipes are full.
        writer = Thread(target=_write, args=(process.stdin, lines), daemon=True)
        writer.start()
        texts = []
        for index, (request, _) in enumerate(batch):
            answer = self._read(process.stdout)
            if "error" in answer:
                refused = answer["error"]
                if refused["code"] not in ("bad-decisions", "unknown-decision"):
                    raise EngineError("engine-failed", f"the engine `javascript` failed: {refused['message']}")
                raise refusal(index, refused["code"], refused["message"], request, self._decisions)
            texts.append(answer["answer"])
        writer.join()
        return texts

    def _read(self, output: IO[bytes]) -> Any:
        line = output.readline()
        if line:
            return json.loads(line)
        assert self._said is not None
        self._said.seek(0)
        said = self._said.read().decode(errors="replace").strip().splitlines()
        reason = next((text for text in said if _FAULT.match(text)), said[-1] if said else "it ended without a word")
        raise EngineError("engine-failed", f"node stopped: {reason}", "the engine needs node 20 or later")


def _line(**members: object) -> bytes:
    return json.dumps({"id": 0, **members}).encode() + b"\n"


def _write(pipe: IO[bytes], lines: list[bytes]) -> None:
    try:
        for start in range(0, len(lines), _CHUNK):
            pipe.write(b"".join(lines[start : start + _CHUNK]))
            pipe.flush()
    except (OSError, ValueError):
        return  # the process has ended, which the reader says


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()
