"""The worker of these tests in workerd, in front of an origin that answers as it is told."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from decision_engine.artefact import tables_module
from decision_engine.hosts.javascript import FOLDER
from decision_engine.hosts.javascript.bundle import bundle
from decision_engine.ir import Program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.targets.wasm import emit_wasm
from feature_registry import load
from functions.edge.cloudflare import CF_HEADER, workerd_config
from tests.edge.serving import LOCAL, Server, running

HERE = Path(__file__).resolve().parent
CLOUDFLARE = Path(__file__).resolve().parents[3] / "functions" / "edge" / "cloudflare"
KEY = b"key of the first epoch"

PAGE = """<!doctype html><html lang="de"><head><title>Shop</title></head><body>
<edgewise-slot name="home_hero"><p>Default hero</p></edgewise-slot>
<div class="banner"><a class="x" href="/old">Old <b>banner</b></a></div>
<edgewise-slot name="offers">Default offers</edgewise-slot>
<edgewise-slot name="unknown">Unknown stays</edgewise-slot><edgewise-slot>No name stays</edgewise-slot>
<p>Grüße</p></body></html>"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the origin answers. `pieces` are sent one by one, with `pause` seconds between them."""

    body: bytes = PAGE.encode()
    status: int = 200
    headers: Mapping[str, str] | None = None
    pieces: int = 1
    pause: float = 0.0
    is_chunked: bool = False
    is_cut: bool = False


class Origin:
    """An origin on a local port; `replies` by path, and every request it got."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 65_536

            def do_GET(self) -> None:
                origin.answer(self)

            def do_HEAD(self) -> None:
                origin.answer(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                origin.answer(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((LOCAL, 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def last(self) -> tuple[str, str, dict[str, str]]:
        """Method, target and headers of the last request."""
        return self.seen[-1]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request as it was told for its path."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.seen.append((handler.command, handler.path, headers))
        reply = self.replies.get(handler.path.partition("?")[0], Reply())
        given = {"content-type": "text/html; charset=utf-8"} | dict(reply.headers or {})
        handler.send_response(reply.status)
        for name, value in given.items():
            if value != "":
                handler.send_header(name, value)
        if reply.is_chunked:
            handler.send_header("transfer-encoding", "chunked")
        elif handler.command != "HEAD" or reply.body:
            handler.send_header("content-length", str(len(reply.body) + (10 if reply.is_cut else 0)))
        handler.end_headers()
        if handler.command == "HEAD":
            return
        size = max(-(-len(reply.body) // reply.pieces), 1)
        for at in range(0, len(reply.body), size):
            if at and reply.pause:
                time.sleep(reply.pause)
            piece = reply.body[at : at + size]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.is_chunked else piece)
            handler.wfile.flush()
        if reply.is_chunked:
            handler.wfile.write(b"0\r\n\r\n")
        if reply.is_cut:
            handler.close_connection = True

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


@dataclass(frozen=True, slots=True)
class Site:
    """The worker, and the origin behind it."""

    worker: Server
    origin: Origin


@cache
def program(text: str | None = None) -> Program:
    """The registry of these tests, or another one, as a program."""
    path = HERE / "registry.json"
    if text is not None:
        raise AssertionError("only the registry of this folder is cached")
    return compile_program(load(path, SIGNATURES), edge_only=True)


def write_worker(folder: Path, compiled: Program, origin: str) -> None:
    """Write all that workerd needs."""
    host = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js")}
    own = {path.name: path.read_text(encoding="utf-8") for path in CLOUDFLARE.glob("*.js") if path.name != "worker.js"}
    entry = (HERE / "worker.js").read_text(encoding="utf-8")
    (folder / "worker.js").write_text(bundle("worker.js", {"worker.js": entry, **host, **own}), encoding="utf-8")
    (folder / "tables.js").write_bytes(tables_module(compiled))
    (folder / "program.wasm").write_bytes(emit_wasm(compiled, reader=True).content)
    config = workerd_config(["worker.js", "program.wasm", "tables.js"], cf_header=CF_HEADER, origin=origin)
    (folder / "config.capnp").write_text(config, encoding="utf-8")


@contextmanager
def site(folder: Path, compiled: Program | None = None) -> Iterator[Site]:
    """The worker in workerd, in front of an origin."""
    origin = Origin()
    try:
        write_worker(folder, program() if compiled is None else compiled, f"{LOCAL}:{origin.server.server_port}")
        with running(folder) as worker:
            yield Site(worker, origin)
    finally:
        origin.close()


def compressed(text: str) -> bytes:
    """The text in gzip."""
    return gzip.compress(text.encode(), mtime=0)


def hydrated(body: bytes) -> Any:
    """The outcomes that stand in a page's head."""
    begin = body.index(b'<script type="application/json" id="edgewise-data">') + 51
    return json.loads(body[begin : body.index(b"</script>", begin)])
