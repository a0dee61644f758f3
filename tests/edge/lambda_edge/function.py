"""A Lambda@Edge function of the registry of these tests, unpacked from its zip and called in a process of its own."""

from __future__ import annotations

import io
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.edge.lambda_edge.build import FUNCTION
from tests.conformance.lines import LineProcess
from tests.edge.serving import Answer, artefact

HERE = Path(__file__).resolve().parent
FORMS = ("node", "python")


@dataclass(frozen=True, slots=True)
class Function:
    """What is called with events."""

    process: LineProcess

    def call(self, event: object) -> Any:
        """What the handler gives. Raises RuntimeError when it throws."""
        return self.process.ask(event=event)["result"]

    def answer(self, event: object) -> Answer:
        """The response that the handler gives, as the visitor gets it."""
        found = self.call(event)
        assert found.keys() == {"status", "statusDescription", "headers", "body", "bodyEncoding"}
        assert type(found["status"]) is str
        assert found["statusDescription"]
        assert found["bodyEncoding"] == "text"
        headers = {name: [entry["value"] for entry in entries] for name, entries in found["headers"].items()}
        assert all(name == name.lower() and len(values) == 1 for name, values in headers.items())
        return Answer(int(found["status"]), {name: value for name, [value] in headers.items()}, found["body"].encode())


@contextmanager
def running(form: str, folder: Path, changed: Mapping[str, bytes] | None = None) -> Iterator[Function]:
    """The function in `node` or `python`; files may be `changed`."""
    with zipfile.ZipFile(io.BytesIO(artefact(f"lambda-edge-{form}").files[FUNCTION])) as archive:
        archive.extractall(folder)
    for name, content in (changed or {}).items():
        (folder / name).write_bytes(content)
    node = Path(shutil.which("node") or "node")
    runtime: list[Path | str] = [node] if form == "node" else [sys.executable, "-I"]
    script = HERE / ("call.mjs" if form == "node" else "call.py")
    with LineProcess(runtime, str(script), folder) as process:
        yield Function(process)
