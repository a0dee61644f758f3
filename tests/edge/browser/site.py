"""A shop of static files for chromium: pages, and the browser artefact in the folder `/edgewise/`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.conformance.lines import LineProcess
from tests.edge.serving import LOCAL

FOLDER = "/edgewise/"
_PAGE = b"<!doctype html><meta charset=utf-8><title>Shop</title>"


@dataclass
class Site:
    """The files by path; what was asked for, and from where."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{LOCAL}:{self.port}"

    def release(self, files: Mapping[str, bytes]) -> None:
        """Let the folder hold this artefact."""
        self.files = {f"{FOLDER}{name}": content for name, content in files.items()}


@dataclass(frozen=True)
class Page:
    """A page of chromium."""

    process: LineProcess

    def fresh(self) -> None:
        """Begin anew, as a visitor who was never here."""
        self.process.ask(fresh=True)

    def open(self, url: str) -> None:
        self.process.ask(open=url)

    def offline(self, is_offline: bool) -> None:
        self.process.ask(offline=is_offline)

    def run(self, body: str) -> Any:
        """What an async function of this body gives in the page. Raises RuntimeError when it throws."""
        return self.process.ask(run=body)["result"]


@contextmanager
def serving() -> Iterator[Site]:
    """The site; every path but the artefact's is a page."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.asked.append(path)
            content = site.files.get(path, _PAGE)
            self.send_response(200 if path in site.files or not path.startswith((FOLDER, "/.edgewise")) else 404)
            kind = "text/javascript" if path.endswith(".js") else "text/html"
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.send_header("cache-control", "max-age=3600")
            self.send_header("service-worker-allowed", "/")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOCAL, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.port = server.server_port
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
