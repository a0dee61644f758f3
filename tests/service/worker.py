"""The registry of these tests as a worker in workerd."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from decision_engine.ir import Program
from functions.edge.cloudflare import CF_HEADER, COMPILED_FILES, WORKER_FILES, workerd_config
from functions.edge.cloudflare.build import build_cloudflare
from tests.edge.serving import Server, running


@contextmanager
def worker(
    folder: Path,
    program: Program,
    *,
    texts: Mapping[str, str] | None = None,
    services: Mapping[str, str] | None = None,
    origin: str | None = None,
) -> Iterator[Server]:
    """The program's worker, with variables and services bound; what Cloudflare knows comes in a header."""
    modules = [*WORKER_FILES, *COMPILED_FILES]
    config = workerd_config(modules, cf_header=CF_HEADER, origin=origin, texts=texts, services=services)
    for name, content in {**build_cloudflare(program).files, "config.capnp": config.encode()}.items():
        path = folder / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with running(folder) as server:
        yield server
