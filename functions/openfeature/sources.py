"""Where a provider's answers come from: a compiled folder in this process, or the routes of an edge.

Both speak OFREP 0.3.0, so a flag means the same from either.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol
from urllib.parse import quote
from uuid import uuid4

import httpx

from decision_engine.hosts.python import Host, HttpRequest, Known

TIMEOUT_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
_ROUTE = "/ofrep/v1/evaluate/flags"
_TOO_MANY = 429
_ARTEFACT_TARGETS = ("python",)


class SourceError(Exception):
    """The source gave no answer of the protocol; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of OFREP: the status of HTTP and the JSON object."""

    status: int
    document: Mapping[str, Any]


class Source(Protocol):
    """What a provider asks."""

    def ask(self, key: str, context: Mapping[str, object]) -> Answer:
        """The answer for one flag. Raises SourceError when there is none."""

    async def ask_async(self, key: str, context: Mapping[str, object]) -> Answer:
        """The same, without blocking the loop."""

    def check(self) -> None:
        """Raise SourceError when the source cannot answer now."""

    def close(self) -> None:
        """Let go of connections."""


class Folder:
    """A folder that `edgewise compile --target python` wrote: flags are decided in this process, in some microseconds.

    `clock` gives the time in ms UTC. Raises SourceError when the folder holds no such artefact.
    """

    def __init__(self, folder: Path | str, *, clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._clock = clock
        self._host = _open(Path(folder))

    def ask(self, key: str, context: Mapping[str, object]) -> Answer:
        """The answer for one flag."""
        response = self._host.respond(
            HttpRequest(
                method="POST",
                target=_path(key),
                at=self._clock(),
                new_id=lambda: str(uuid4()),
                body=_body(context),
                known=Known(),  # the shop's own process asks: what is denied, it says in the context
            )
        )
        return _answer(response.status, response.body)

    async def ask_async(self, key: str, context: Mapping[str, object]) -> Answer:
        """The same: there is nothing to wait for."""
        return self.ask(key, context)

    def check(self) -> None:
        """Nothing: the folder was read at the start."""

    def close(self) -> None:
        """Nothing: no connection is held."""


class Remote:
    """An edge, or any other server of OFREP, by the URL that its routes stand under.

    A flag takes one request, bounded by `timeout` seconds. After an answer 429 nothing is asked for as long as its
    `Retry-After` says, at most LONGEST_PAUSE_SECONDS.
    """

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = TIMEOUT_SECONDS,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise SourceError(f"expected a URL that starts with http:// or https://, found `{base_url}`")
        self._base = base_url.rstrip("/")
        self._client = httpx.Client(timeout=timeout, headers=headers, transport=transport)
        self._quiet_until = 0.0

    def ask(self, key: str, context: Mapping[str, object]) -> Answer:
        """The answer for one flag."""
        if time.monotonic() < self._quiet_until:
            raise SourceError(f"{self._base} asked to wait before the next request")
        body = _body(context)
        try:
            response = self._client.post(
                f"{self._base}{_path(key)}", content=body, headers={"content-type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise SourceError(f"{self._base} cannot be reached: {error}") from error
        if response.status_code == _TOO_MANY:
            pause = _seconds(response.headers.get("retry-after"))
            self._quiet_until = time.monotonic() + pause
            raise SourceError(f"{self._base} asked to wait for {pause:g} seconds")
        return _answer(response.status_code, response.content)

    async def ask_async(self, key: str, context: Mapping[str, object]) -> Answer:
        """The same in a thread, since connections belong to one client whatever loop runs."""
        return await asyncio.to_thread(self.ask, key, context)

    def check(self) -> None:
        """Raise SourceError when the server cannot be reached or fails; other servers of OFREP know no such route."""
        try:
            response = self._client.get(f"{self._base}/.edgewise/health")
        except httpx.HTTPError as error:
            raise SourceError(f"{self._base} cannot be reached: {error}") from error
        if response.is_server_error:
            raise SourceError(f"{self._base} answered with status {response.status_code}")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _open(folder: Path) -> Host:
    try:
        manifest = json.loads((folder / "artefact.json").read_bytes())
        tables = json.loads((folder / "tables.json").read_bytes())
    except FileNotFoundError as error:
        raise SourceError(
            f"expected a folder of `edgewise compile --target python`, found no `{error.filename}`"
        ) from error
    except (OSError, ValueError) as error:
        raise SourceError(f"`{folder}` cannot be read: {error}") from error
    target = manifest.get("target") if isinstance(manifest, dict) else None
    if target not in _ARTEFACT_TARGETS:
        raise SourceError(f"expected an artefact of the target `python`, found `{target}`")
    spec = importlib.util.spec_from_file_location("edgewise_program", folder / "program.py")
    assert spec is not None and spec.loader is not None, "a path that ends with .py has a loader"
    program = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(program)
        return Host(tables, program.decide, target=target)
    except (OSError, SyntaxError, AttributeError, KeyError, ValueError) as error:
        raise SourceError(f"`{folder}` was not written by this version: {error}") from error


def _path(key: str) -> str:
    return f"{_ROUTE}/{quote(key, safe='', errors='replace')}"


def _body(context: Mapping[str, object]) -> bytes:
    try:
        return json.dumps({"context": context}, allow_nan=False, default=_unknown).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise SourceError(f"the context is no JSON: {error}") from error


def _unknown(value: object) -> NoReturn:
    raise TypeError(f"a value of {type(value).__name__}")


def _answer(status: int, body: bytes) -> Answer:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SourceError(f"expected a JSON object of OFREP, found status {status} and something else")
    return Answer(status, document)


def _seconds(retry_after: str | None) -> float:
    """The pause that a header asks for; one second without a number of seconds."""
    try:
        return min(max(float(retry_after or ""), 0.0), LONGEST_PAUSE_SECONDS)
    except ValueError:
        return 1.0
