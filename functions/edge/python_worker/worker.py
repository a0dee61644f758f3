"""The Python host as a Cloudflare Python Worker: every request is the host's, or passed on to the origin.

`env.ORIGIN` is "zone" for a worker on a route of its own shop, or the binding of a service; without it the host answers
every path, with 404 where it has no route. Copied into the artefact as it stands.
"""

from __future__ import annotations

import sys
from typing import Any

import js  # type: ignore[import-not-found] # the runtime's own: a Python Worker only
from edgewise_host import HttpRequest, open_host  # type: ignore[import-not-found] # stands beside this file in an artefact
from program import decide  # type: ignore[import-not-found] # the same: an artefact only
from pyodide.ffi import JsException  # type: ignore[import-not-found] # the runtime's own, too
from tables import TABLES  # type: ignore[import-not-found] # the same: an artefact only

BODY_READ = 65_537
"""One byte more than a host accepts, so that it sees that a body is too large."""

_TOO_LARGE = bytes(BODY_READ)
_PLACES = {
    "country": "country",
    "region": "region",
    "region_code": "regionCode",
    "city": "city",
    "continent": "continent",
    "timezone": "timezone",
    "postal_code": "postalCode",
}
"""What Cloudflare knows of the visitor's place, under the names of docs/reference/host.md."""


def _log(error: BaseException) -> None:
    print("edgewise: served the neutral answer:", repr(error), file=sys.stderr)


_HOST = open_host(TABLES, decide, target="python-worker", on_error=_log)


async def on_fetch(request: Any, env: Any, ctx: Any) -> Any:
    """Answer one request of the runtime."""
    target = _target(request.url)
    origin = getattr(env, "ORIGIN", None)
    if origin is not None and not _HOST.owns(target):
        return await (js.fetch(request) if origin == "zone" else origin.fetch(request))
    answer = _HOST.respond(
        HttpRequest(
            method=request.method,
            target=target,
            at=int(js.Date.now()),
            new_id=js.crypto.randomUUID,
            headers=dict(list(request.headers)),  # pairs: as a mapping, a proxy differs between versions
            body=await _read(request) if request.method == "POST" else b"",
            geo=_geo(getattr(request, "cf", None)),
        )
    )
    headers = js.Headers.new(list(answer.headers.items()))
    return js.Response.new(answer.body.decode() or None, status=answer.status, headers=headers)


def _target(url: str) -> str:
    """Path and query of a URL, as sent."""
    path = url.find("/", url.find("//") + 2)
    return url[path:] if path >= 0 else "/"


def _geo(cf: Any) -> dict[str, object]:
    found = {name: getattr(cf, given, None) for name, given in _PLACES.items()}
    found |= {name: _degrees(getattr(cf, name, None)) for name in ("latitude", "longitude")}
    return {name: value for name, value in found.items() if isinstance(value, str | int | float)}


def _degrees(text: object) -> object:
    """Cloudflare writes coordinates as text."""
    if not isinstance(text, str):
        return text
    try:
        return float(text)
    except ValueError:
        return None


async def _read(request: Any) -> bytes:
    """The body, but never much more than the host accepts; one that cannot be read is empty, which is no JSON."""
    declared = request.headers.get("content-length")
    if declared is not None and not (declared.isascii() and declared.isdigit() and int(declared) < BODY_READ):
        return _TOO_LARGE
    if request.body is None:
        return b""
    reader, body = request.body.getReader(), bytearray()
    try:
        while not (chunk := await reader.read()).done:
            body += chunk.value.to_bytes()
            if len(body) >= BODY_READ:
                await reader.cancel()
                return _TOO_LARGE
    except JsException as error:
        print("edgewise: a body could not be read:", repr(error), file=sys.stderr)
        return b""
    return bytes(body)
