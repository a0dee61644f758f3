"""A shop of static files for chromium: pages, and the browser artefact in the folder `/edgewise/`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conformance.lines import LineProcess
from tests.edge.serving import LOCAL

FOLDER = "/edgewise/"
DECIDE = "/.edgewise/decide"
KINDS = {".js": "text/javascript", ".css": "text/css"}
STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; worker-src 'self'"
_PAGE = b"<!doctype html><meta charset=utf-8><title>Shop</title>"


@dataclass
class Edge:
    """What answers the route of decisions, and how long it takes."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    seconds: float = 0


@dataclass
class Site:
    """The files by path; what was asked for; what was posted, with the query. `edge` is none: the route is a 404."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    edge: Edge | None = None

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

    def click(self, selector: str) -> None:
        self.process.ask(click=selector)

    def select(self, selector: str, value: str) -> None:
        self.process.ask(select=[selector, value])

    def delay(self, path: str, milliseconds: int) -> None:
        """Let answers of a path come later, until the page is fresh."""
        self.process.ask(delay=[path, milliseconds])

    def said(self) -> list[str]:
        """Errors of scripts and of the console since the page was fresh."""
        found: list[str] = self.process.ask(said=True)["result"]
        return found

    def cookies(self) -> dict[str, str]:
        """The browser's cookies, those that scripts cannot see among them."""
        return {one["name"]: one["value"] for one in self.process.ask(cookies=True)["result"]}

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Write what the page looks like as a PNG."""
        self.process.ask(picture={"path": str(path), "fullPage": whole})

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
            if path == DECIDE and site.edge is not None:
                self.decide(site.edge)
                return
            content = site.files.get(path, _PAGE)
            status = 200 if path in site.files or not path.startswith((FOLDER, "/.edgewise")) else 404
            self.answer(status, KINDS.get(Path(path).suffix, "text/html"), content)

        def do_POST(self) -> None:
            path = self.path.partition("?")[0]
            site.posted.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            if path == DECIDE and site.edge is not None:
                self.decide(site.edge)
            else:
                self.answer(204, "text/plain", b"")

        def decide(self, edge: Edge) -> None:
            time.sleep(edge.seconds)
            self.answer(edge.status, edge.kind, edge.body)

        def answer(self, status: int, kind: str, content: bytes) -> None:
            with suppress(ConnectionError):  # a page may have given up on it
                self.send_response(status)
                self.send_header("content-type", kind)
                if status != 204:
                    self.send_header("content-length", str(len(content)))
                self.send_header("cache-control", "max-age=3600" if kind == "text/javascript" else "no-store")
                self.send_header("service-worker-allowed", "/")
                self.send_header("content-security-policy", STRICT)
                self.end_headers()
                if status != 204:
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
