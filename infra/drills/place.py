"""The place of the drills: the real worker in workerd, and around it an origin, edge KV, a cloud and a sink that fail
when told to (neighbours.js)."""

from __future__ import annotations

import http.client
import json
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from decision_engine.artefact import Artefact
from decision_engine.compact_json import Json, compact
from decision_engine.hosts.python import Host
from decision_engine.hosts.python.hybrid import CONTRACT
from decision_engine.hosts.python.tables import Tables
from decision_engine.ir import Program
from decision_engine.pipeline import compile_program
from feature_registry import Registry
from functions.edge.cloudflare import CF_HEADER, COMPATIBILITY_DATE
from infra.dev import Workerd, find_workerd, free_port
from infra.dev.python_server import host_of
from infra.drills.checking import Checker
from infra.drills.client import HOST
from infra.errors import EngineError
from infra.folders import write_files
from infra.targets import TARGETS

NEIGHBOURS = Path(__file__).with_name("neighbours.js")
KEY_ID = "drill"
KEYS = {
    name: bytes((number + at) % 256 for at in range(32)) for number, name in enumerate((KEY_ID, "pseudonym", "records"))
}
"""The secrets of a drill's worker; they guard nothing."""

_FREE: tuple[Mapping[str, str], ...] = (
    {"country": "AT", "regionCode": "9"},
    {"country": "DE", "regionCode": "BE"},
    {"country": "US", "regionCode": "WY"},
)
_KINDS = {".js": "esModule", ".wasm": "wasm"}
_CONTROL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The control of what stands around the worker; the cloud answers for the registry named."""

    port: int
    registry: str

    def tell(self, **how: Mapping[str, object]) -> None:
        """Have neighbours behave so from now on, by name: `tell(kv={"mode": "error"})`."""
        self._ask("POST", "/tell", compact(_json(how)).encode())

    def reset(self) -> None:
        """Have all behave well, and forget what was counted and kept."""
        self._ask("POST", "/reset", b"")
        self.tell(cloud={"body": compact({"contract": CONTRACT, "registry": self.registry, "decisions": {}})})

    def counts(self) -> dict[str, int]:
        """How often each was asked since the last reset."""
        counted: dict[str, int] = json.loads(self._ask("GET", "/counts", None))
        return counted

    def kept(self) -> bytes:
        """All that they were asked since the last reset, as JSON text; the first 2,000 requests."""
        return self._ask("GET", "/kept", None)

    def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_CONTROL_SECONDS)
        try:
            connection.request(method, path, body)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException) as fault:
            raise EngineError("no-answer", f"the neighbours of the worker did not answer: {fault!r}") from None
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Place:
    """A running worker. `host` is the Python host that answers as the worker does. A place that `is_thorough` is for a
    full run: what needs no request is looked at in full as well."""

    registry: Registry
    program: Program
    tables: Tables
    host: Host
    checker: Checker
    port: int
    neighbours: Neighbours
    process: Workerd
    is_thorough: bool = False

    def restart(self) -> None:
        """Begin anew with a worker that has seen nothing, and neighbours that behave well."""
        self.process.stop()
        self.process.start()
        self.neighbours.reset()

    @property
    def free(self) -> Mapping[str, str]:
        """A place, as Cloudflare tells it, where what nobody refused is allowed."""
        gate = self.stage("gate")
        if gate is None:
            return _FREE[0]
        rules = gate["configuration"]["places"]
        return next((one for one in _FREE if rules.get(one["country"], {}).get("regime") == "opt_out"), _FREE[-1])

    @property
    def cookie(self) -> str | None:
        """The name of the cookie that names a visitor."""
        identity = self.tables["identity"]
        return None if identity is None else identity["cookie"]

    @property
    def unit(self) -> str | None:
        """The unit that is bucketed: the cookie's, else the first."""
        identity, units = self.tables["identity"], self.tables["units"]
        return identity["unit"] if identity is not None else units[0]["name"] if units else None

    def stage(self, name: str) -> Any:
        """The table of a stage around `decide`; None where the registry does not configure it."""
        service: Any = self.tables.get("service")
        return None if service is None else service.get(name)


@contextmanager
def open_place(
    registry: Registry,
    *,
    changed: Mapping[str, bytes] | None = None,
    rewrite: Callable[[bytes], bytes] = bytes,
    is_thorough: bool = False,
) -> Iterator[Place]:
    """Compile the registry and start its worker; modules may be `changed`, to see what drills make of a broken one,
    and the tables be written anew.

    Raises EngineError when workerd is not installed or does not start.
    """
    binary = find_workerd()
    if binary is None:
        raise EngineError("no-workerd", "workerd is not installed", "run `npm ci`")
    program = compile_program(registry, edge_only=True)
    artefact, python = TARGETS["cloudflare"](program), TARGETS["python"](program)
    python_files = {**python.files, "tables.json": rewrite(python.files["tables.json"])}
    tables: Tables = json.loads(python_files["tables.json"])
    with tempfile.TemporaryDirectory(prefix="edgewise-drill-") as name:
        folder = Path(name, "worker")
        control, port = free_port(HOST), free_port(HOST)
        written = {"tables.js": rewrite(artefact.files["tables.js"])}
        files = {**artefact.files, **written, **(changed or {})}
        modules = sorted((name for name in files if Path(name).suffix in _KINDS), key=lambda name: name != "worker.js")
        files |= {
            "neighbours.js": NEIGHBOURS.read_bytes(),
            "config.capnp": _config(modules, f"{HOST}:{control}").encode(),
        }
        write_files(files, folder)
        with Workerd(binary, folder, HOST, port) as process:
            yield Place(
                registry=registry,
                program=program,
                tables=tables,
                host=host_of(Artefact(artefact.target, python_files)),
                checker=Checker(tables),
                port=port,
                neighbours=Neighbours(control, tables["registry"]),
                process=process,
                is_thorough=is_thorough,
            )


def _config(modules: list[str], control: str) -> str:
    """The configuration of the worker and its neighbours; whatever the worker fetches that is not bound, gets `outside`
    instead of the network."""
    services = ['(name = "edgewise", worker = .edgewise)', '(name = "neighbours", worker = .neighbours)']
    around = {one: f'(name = "neighbours", entrypoint = "{one}")' for one in ("origin", "kv", "cloud", "outside")}
    keys = json.dumps({name: _base64url(secret) for name, secret in KEYS.items()})
    bindings = [
        f'(name = "ORIGIN", service = {around["origin"]})',
        f'(name = "EDGEWISE_KV", kvNamespace = {around["kv"]})',
        f'(name = "EDGEWISE_CLOUD", service = {around["cloud"]})',
        f'(name = "EDGEWISE_KEYS", text = {json.dumps(keys)})',
    ]
    lines = [f'    (name = "{name}", {_KINDS[Path(name).suffix]} = embed "{name}"),' for name in modules]
    return "\n".join(
        [
            'using Workerd = import "/workerd/workerd.capnp";',
            "const config :Workerd.Config = (",
            f"  services = [{', '.join(services)}],",
            "  sockets = [",
            f'    (name = "http", address = "{HOST}:0", http = (cfBlobHeader = "{CF_HEADER}"), service = "edgewise"),',
            f'    (name = "control", address = "{control}", http = (), service = "neighbours"),',
            "  ],",
            ");",
            "const edgewise :Workerd.Worker = (",
            "  modules = [",
            *lines,
            "  ],",
            f"  bindings = [{', '.join(bindings)}],",
            f"  globalOutbound = {around['outside']},",
            f'  compatibilityDate = "{COMPATIBILITY_DATE}",',
            ");",
            "const neighbours :Workerd.Worker = (",
            '  modules = [(name = "neighbours.js", esModule = embed "neighbours.js")],',
            f'  compatibilityDate = "{COMPATIBILITY_DATE}",',
            ");",
            "",
        ]
    )


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _json(value: Mapping[str, Mapping[str, object]]) -> Json:
    document: Json = json.loads(json.dumps(value))
    return document
