"""Everything that decides: the reference evaluator and every target in the runtimes that it is made for.

A runtime starts once, loads the programs of all groups one after another, and gives the text of each case's answer.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TypeAlias

import httpx
import numpy as np

from decision_engine.hosts.python import Host, HttpRequest, RequestError
from decision_engine.reference import Reference
from decision_engine.targets.wasm.engine import WasmEngine
from functions.edge.lambda_edge.events import create_handler
from infra.dev.workerd import free_port
from tests.conformance.cases import Case, Group
from tests.conformance.lines import LineProcess
from tests.conformance.programs import load_registry
from tests.conformance.starlingmonkey import ANSWERS_LINE, module
from tests.conformance.workerd import HOST, body_of, open_worker, refusal_of
from tests.edge.lambda_edge.events import ORIGIN_REQUEST, event, sent_body
from tests.runtimes import find

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


def fetch_answers(runtime: str, folder: Path, jobs: Sequence[Job]) -> Answers:
    """The WebAssembly behind the adapter of the web's requests, in deno or bun: requests as bodies of POST."""
    command = {"deno": [_found("deno"), "run", "--allow-read"], "bun": [_found("bun"), "run"]}[runtime]
    return _posted_through(command, "fetch", folder, jobs)


def lambda_node_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The WebAssembly behind the Lambda@Edge adapter, in node: requests as bodies of CloudFront's events."""
    return _posted_through([_node()], "lambda", folder, jobs)


def lambda_python_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The emitted Python behind the Lambda@Edge adapter, in this process."""
    return [list(_in_lambda(job.program, job.group.cases)) for job in jobs]


def chromium_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The emitted JavaScript behind what pages import, in chromium."""
    with LineProcess(_node(), "chromium_runner.mjs", _found("chromium"), folder / "host") as page:
        answers: Answers = page.ask(
            jobs=[{"program": str(job.program), "cases": _pairs(job.group.cases)} for job in jobs]
        )
        return answers


def starlingmonkey_answers(folder: Path, jobs: Sequence[Job]) -> Answers:
    """The emitted JavaScript behind the JavaScript host in StarlingMonkey, Fastly's runtime.

    Only its build can be had here, which runs a module up to the point where it would wait for requests: all cases are
    decided on the way there.
    """
    entry = folder / "starlingmonkey.js"
    entry.write_text(module([(_named(folder, job), _pairs(job.group.cases)) for job in jobs]), encoding="utf-8")
    command = [_found("js-compute-runtime"), entry, folder / "starlingmonkey.wasm"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=240, check=False)
    lines = [line for line in done.stdout.split("\n") if line.startswith(ANSWERS_LINE)]
    if done.returncode != 0 or len(lines) != len(jobs):
        raise RuntimeError(f"js-compute-runtime gave {len(lines)} of {len(jobs)} answers: {done.stderr[-1000:]}")
    return [json.loads(line.removeprefix(ANSWERS_LINE)) for line in lines]


RUNTIMES: Mapping[str, Callable[[Path, Sequence[Job]], Answers]] = MappingProxyType(
    {
        "reference": reference_answers,
        "python": python_answers,
        "javascript-node": partial(node_answers, "javascript"),
        "wasm-node": partial(node_answers, "wasm"),
        "wasm-wasmtime": wasmtime_answers,
        "worker-workerd": workerd_answers,
        "python-pyodide": pyodide_answers,
        "fetch-deno": partial(fetch_answers, "deno"),
        "fetch-bun": partial(fetch_answers, "bun"),
        "lambda-edge-node": lambda_node_answers,
        "lambda-edge-python": lambda_python_answers,
        "browser-chromium": chromium_answers,
        "javascript-starlingmonkey": starlingmonkey_answers,
    }
)
"""Each runtime's name and what gives its answers, from the folder that programs.py writes."""

NEED_NODE = frozenset({"javascript-node", "wasm-node", "worker-workerd", "python-pyodide", "lambda-edge-node"})

NEED_RUNTIME: Mapping[str, str] = MappingProxyType(
    {
        "fetch-deno": "deno",
        "fetch-bun": "bun",
        "browser-chromium": "chromium",
        "javascript-starlingmonkey": "js-compute-runtime",
    }
)
"""What else a runtime needs to be installed (tests/runtimes.py)."""

ONE_WAY: Mapping[str, str] = MappingProxyType({"reference": "off", "javascript-starlingmonkey": "on"})
"""Runtimes that are asked with passes `on` or `off` alone: the reference reads no program, and the build of
StarlingMonkey takes seconds for each hundred of modules."""


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


def _posted_through(command: list[Path | str], adapter: str, folder: Path, jobs: Sequence[Job]) -> Answers:
    with LineProcess(command, "platform_runner.mjs", folder / "host", adapter) as runner:
        return [_posted_job(runner, job) for job in jobs]


def _posted_job(runner: LineProcess, job: Job) -> list[str]:
    bodies = [body_of(case.request) for case in job.group.cases]
    pairs = [(body, case.at) for body, case in zip(bodies, job.group.cases, strict=True)]
    answers = runner.ask(program=str(job.program), cases=pairs)
    return [_posted(body, status, text) for body, (status, text) in zip(bodies, answers, strict=True)]


def _in_lambda(program: Path, cases: Sequence[Case]) -> Iterator[str]:
    faults: list[BaseException] = []
    now = 0
    tables = json.loads((program / "tables.json").read_text(encoding="utf-8"))
    host = Host(tables, load_program(program).decide, target="lambda-edge-python", on_error=faults.append)
    handler = create_handler(host, HttpRequest, lambda: now)
    for case in cases:
        now = case.at
        body = body_of(case.request)
        answer = handler(event("POST", "/.edgewise/decide", body=sent_body(body), kind=ORIGIN_REQUEST), None)
        yield f"error: {faults[0]!r}" if faults else _posted(body, int(answer["status"]), answer["body"])
        faults.clear()


def _posted(body: str, status: int, text: str) -> str:
    """An answer as the other runtimes give it."""
    if status == 200:
        return text
    code = json.loads(text)["error"]["code"]
    return NOT_SENT if code == refusal_of(body) else f"error: {code}"


def _pairs(cases: Sequence[Case]) -> list[tuple[object, int]]:
    return [(case.request, case.at) for case in cases]


def _named(folder: Path, job: Job) -> str:
    return f"./{job.program.relative_to(folder).as_posix()}"


def _found(name: str) -> Path:
    found = find(name)
    assert found is not None, "`require` has looked for it"
    return found


def _node() -> Path:
    found = shutil.which("node")
    assert found is not None, "the mark `node` has looked for it"
    return Path(found)
