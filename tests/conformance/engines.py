"""Everything that decides: the reference evaluator and every target in the runtimes that it is made for.

A runtime starts once, loads the programs of all groups one after another, and gives the text of each case's answer.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TypeAlias

import httpx
import numpy as np

from decision_engine.hosts.python import Host, RequestError
from decision_engine.reference import Reference
from decision_engine.targets.wasm.engine import WasmEngine
from infra.dev.workerd import free_port
from tests.conformance.cases import Case, Group
from tests.conformance.lines import LineProcess
from tests.conformance.programs import load_registry
from tests.conformance.workerd import HOST, body_of, open_worker, refusal_of

Answers: TypeAlias = list[list[str]]
"""The answers' texts of each job's cases; `error: ...` where a case has none."""

NOT_SENT = "not sent"
"""The answer to a case whose request is no strict JSON, so that the worker refused it, as it must."""


@dataclass(frozen=True)
class Job:
    """The cases of a group, for the program in a folder: the group's, with or without passes."""

    group: Group
    program: Path


def reference_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The reference evaluator, which reads no program."""
    references = [Reference(*load_registry(job.group.registry)) for job in jobs]
    return [
        [reference.decide(case.request, case.at) for case in job.group.cases]
        for job, reference in zip(jobs, references, strict=True)
    ]


def python_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The emitted Python behind the Python host, in this process."""
    return [list(_in_python(job.program, job.group.cases)) for job in jobs]


def wasmtime_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The emitted WebAssembly in wasmtime behind the Python host, each group's cases as one batch."""
    return [_in_wasmtime(job.program, job.group.cases) for job in jobs]


def node_answers(engine: str, folder: Path, jobs: Sequence[Job]) -> Answers:
    """The emitted JavaScript or WebAssembly behind the JavaScript host, in node."""
    with LineProcess(_node(), "node_runner.mjs", folder / "host") as node:
        return [node.ask(program=str(job.program), engine=engine, cases=_pairs(job.group.cases)) for job in jobs]


def pyodide_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The emitted Python behind the Python host, in Pyodide."""
    with LineProcess(_node(), "pyodide_runner.mjs", folder) as pyodide:
        return [pyodide.ask(program=str(job.program), cases=_pairs(job.group.cases)) for job in jobs]


def workerd_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The Cloudflare worker in workerd: requests as bodies of POST."""
    port = free_port()
    with open_worker(folder, [job.program for job in jobs], port), httpx.Client(timeout=60) as client:
        return [_in_worker(client, port, job) for job in jobs]


RUNTIMES: Mapping[str, Callable[[Path, Sequence[Job]], Answers]] = MappingProxyType(
    {
        "reference": reference_answers,
        "python": python_answers,
        "javascript-node": partial(node_answers, "javascript"),
        "wasm-node": partial(node_answers, "wasm"),
        "wasm-wasmtime": wasmtime_answers,
        "worker-workerd": workerd_answers,
        "python-pyodide": pyodide_answers,
    }
)
"""Each runtime's name and what gives its answers, from the folder that programs.py writes."""

NEED_NODE = frozenset({"javascript-node", "wasm-node", "worker-workerd", "python-pyodide"})


def load_program(folder: Path) -> ModuleType:
    """The module `program.py` of a program's folder."""
    module = ModuleType("program")
    exec(compile((folder / "program.py").read_text(encoding="utf-8"), "program.py", "exec"), module.__dict__)
    return module


def _in_python(program: Path, cases: Sequence[Case]) -> Iterator[str]:
    faults: list[BaseException] = []
    tables = json.loads((program / "tables.json").read_text(encoding="utf-8"))
    host = Host(tables, load_program(program).decide, target="python", on_error=faults.append)
    for case in cases:
        faults.clear()
        try:
            text = host.decide(case.request, case.at)
        except RequestError as error:
            text = f"error: {error.code}"
        yield f"error: {faults[0]!r}" if faults else text


def _in_wasmtime(program: Path, cases: Sequence[Case]) -> list[str]:
    tables = json.loads((program / "tables.json").read_text(encoding="utf-8"))
    engine = WasmEngine((program / "program.wasm").read_bytes())
    host = Host(tables, _no_single, target="wasm")
    vectors = np.array([host.encode(case.request, case.at).vector for case in cases], dtype=np.float64)
    codes = engine.decide_rows(vectors.reshape(len(cases), engine.width)).tolist()
    texts = []
    for case, found in zip(cases, codes, strict=True):
        try:
            texts.append(host.render(found, case.request, case.at))
        except RequestError as error:
            texts.append(f"error: {error.code}")
    return texts


def _no_single(vector: Sequence[float]) -> Sequence[int]:
    raise AssertionError("this host encodes and renders only")


def _in_worker(client: httpx.Client, port: int, job: Job) -> list[str]:
    bodies = [body_of(case.request) for case in job.group.cases]
    pairs = [(body, case.at) for body, case in zip(bodies, job.group.cases, strict=True)]
    answers = client.post(f"http://{HOST}:{port}/", json={"program": job.program.name, "cases": pairs}).json()
    if isinstance(answers, dict):
        raise RuntimeError(answers["error"])
    return [_posted(body, status, text) for body, (status, text) in zip(bodies, answers, strict=True)]


def _posted(body: str, status: int, text: str) -> str:
    """An answer as the other runtimes give it."""
    if status == 200:
        return text
    code = json.loads(text)["error"]["code"]
    return NOT_SENT if code == refusal_of(body) else f"error: {code}"


def _pairs(cases: Sequence[Case]) -> list[tuple[object, int]]:
    return [(case.request, case.at) for case in cases]


def _node() -> Path:
    found = shutil.which("node")
    assert found is not None, "the mark `node` has looked for it"
    return Path(found)
