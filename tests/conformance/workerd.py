"""The genuine Cloudflare worker of every program, in one workerd process.

Each program's worker.js runs as it stands, with tables.js and program.wasm beside it; the files of the host that it
imports by `./NAME` lead to one copy of them for all programs. router.js hands a case to its program's worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from decision_engine.hosts.python import RequestError, parse_object
from functions.edge.cloudflare import COMPATIBILITY_DATE
from infra.dev.workerd import Workerd, find_workerd
from tests.conformance.cases import FOLDER

HOST = "127.0.0.1"

_SHARED = ("host.js", "messages.js", "platform_request.js", "strict_json.js", "wasm_engine.js")
"""What worker.js imports beside its program."""


def open_worker(folder: Path, programs: Iterable[Path], port: int) -> Workerd:
    """The process, not started, with the worker of each program's folder within `folder`."""
    binary = find_workerd()
    assert binary is not None, "the mark `node` has looked for it"
    names = [program.relative_to(folder).as_posix() for program in programs]
    shared = sorted(path.name for path in (folder / "host").glob("*.js") if path.name != "worker.js")
    modules = [
        _module("router.js", "router.js"),
        _module("workers.js", "workers.js"),
        *(_module(f"host/{name}", f"host/{name}") for name in shared),
        *(module for name in names for module in _modules(name)),
    ]
    (folder / "router.js").write_bytes((FOLDER / "router.js").read_bytes())
    loaders = [f'  "{Path(name).name}": () => import("./{name}/worker.js"),\n' for name in names]
    (folder / "workers.js").write_text(f"export const workers = {{\n{''.join(loaders)}}};\n", encoding="utf-8")
    (folder / "shared").mkdir()
    for name in _SHARED:
        (folder / "shared" / name).write_text(f'export * from "../../host/{name}";\n', encoding="utf-8")
    (folder / "config.capnp").write_text(_config(modules), encoding="utf-8")
    return Workerd(binary, folder, HOST, port)


def body_of(request: object) -> str:
    """A request as the body that is posted."""
    return json.dumps(request, allow_nan=False)


def refusal_of(body: str) -> str | None:
    """The code with which the strict JSON of a host refuses a body: then it never becomes a request of the network."""
    try:
        parse_object(body.encode())
    except RequestError as error:
        return error.code
    return None


def _modules(program: str) -> list[str]:
    return [
        _module(f"{program}/worker.js", "host/worker.js"),
        _module(f"{program}/program.wasm", f"{program}/program.wasm"),
        _module(f"{program}/tables.js", f"{program}/tables.js"),
        *(_module(f"{program}/{name}", f"shared/{name}") for name in _SHARED),
    ]


def _module(name: str, path: str) -> str:
    kind = "wasm" if path.endswith(".wasm") else "esModule"
    return f"(name = {json.dumps(name)}, {kind} = embed {json.dumps(path)})"


def _config(modules: list[str]) -> str:
    lines = [f"    {module}," for module in modules]
    return "\n".join(
        [
            'using Workerd = import "/workerd/workerd.capnp";',
            "const config :Workerd.Config = (",
            '  services = [(name = "router", worker = .router)],',
            '  sockets = [(name = "http", http = (), service = "router")],',
            ");",
            "const router :Workerd.Worker = (",
            "  modules = [",
            *lines,
            "  ],",
            f'  compatibilityDate = "{COMPATIBILITY_DATE}",',
            ");",
            "",
        ]
    )
