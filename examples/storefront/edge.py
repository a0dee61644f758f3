"""The edge in front of the shop: the registry as a Cloudflare worker in workerd, and the files that browsers load."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from decision_engine.artefact import Artefact
from decision_engine.operators import SIGNATURES
from examples.storefront.keys import Keys
from examples.storefront.origin import LOCAL, Shop, serving
from feature_registry import load
from functions.edge.cloudflare import workerd_config
from infra.dev import Workerd, build, check_port_free, find_workerd
from infra.errors import EngineError
from infra.folders import write_files

REGISTRY = Path(__file__).with_name("registry")
ENTRY = "worker.js"


@dataclass(frozen=True, slots=True)
class Storefront:
    """A shop that runs behind its edge."""

    url: str
    shop: Shop
    worker: Workerd


@contextmanager
def storefront(port: int, *, slots: str = "edge") -> Iterator[Storefront]:
    """Run the shop, and the edge in front of it at `port`. Raises EngineError where workerd is not installed.

    `slots` says who fills the slots of pages: the `edge`, or the `client` module, as where pages do not pass the edge.
    """
    binary = find_workerd()
    if binary is None:
        raise EngineError("no-workerd", "workerd is not installed here", "run `npm ci`")
    check_port_free(LOCAL, port)
    with tempfile.TemporaryDirectory(prefix="edgewise-storefront-") as folder:
        registry = _registry(Path(folder), slots)
        shop = Shop(load(registry, SIGNATURES), Keys(), build(registry, "browser").files)
        with _running(shop, build(registry, "cloudflare"), Path(folder) / "edge", binary, port) as worker:
            yield Storefront(f"http://{LOCAL}:{port}", shop, worker)


@contextmanager
def _running(shop: Shop, artefact: Artefact, place: Path, binary: Path, port: int) -> Iterator[Workerd]:
    with serving(shop) as origin:
        files = artefact.files
        modules = [ENTRY, *(name for name in files if name.endswith((".js", ".wasm")) and name != ENTRY)]
        config = workerd_config(modules, origin=origin, texts={"EDGEWISE_KEYS": shop.keys.environment()})
        write_files({**files, "config.capnp": config.encode()}, place)
        with Workerd(binary, place, LOCAL, port) as worker:
            yield worker


def _registry(folder: Path, slots: str) -> Path:
    """The registry; without the delivery of pages where the client fills the slots."""
    if slots == "edge":
        return REGISTRY
    copy = folder / "registry"
    shutil.copytree(REGISTRY, copy)
    path = copy / "policies.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["policies"]["delivery"]
    path.write_text(json.dumps(document), encoding="utf-8")
    return copy
