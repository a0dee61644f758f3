"""CloudFront's events as requests of the host, and its answers as CloudFront wants them.

For viewer-request and origin-request. What is not Edgewise's own goes on untouched, and so does everything when the
event cannot be read. Copied into artefacts as it stands: it imports the standard library only, and gets the host.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Mapping
from time import time_ns
from typing import Any, TypeAlias
from urllib.parse import unquote
from uuid import uuid4

Event: TypeAlias = Any
"""JSON of CloudFront, as its documentation describes it; nothing of it is trusted."""

MOST_BYTES = 65_536
"""What a host accepts of a body."""

_ORIGIN_REQUEST = "origin-request"
_VIEWER = "cloudfront-viewer-"
_PLACES = {
    "country": "country",
    "region": "country-region-name",
    "region_code": "country-region",
    "city": "city",
    "timezone": "time-zone",
    "postal_code": "postal-code",
}
_COORDINATES = ("latitude", "longitude")
_DESCRIPTIONS = {
    200: "OK",
    304: "Not Modified",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
}
_LOG = logging.getLogger("edgewise")


def create_handler(
    host: Any, request_type: Callable[..., Any], clock: Callable[[], int] = lambda: time_ns() // 1_000_000
) -> Callable[[Event, object], Event]:
    """The handler; it raises nothing. `host` and `request_type` are `Host` and `HttpRequest` of the package
    `edgewise_host`; `clock` gives ms UTC."""

    def handler(event: Event, context: object) -> Event:
        request = None
        try:
            cf = event["Records"][0]["cf"]
            request = cf["request"]
            target = _target(request)
            if not host.owns(target):
                return request
            return _response(host.respond(request_type(target=target, at=clock(), **_members(cf))))
        except Exception as error:
            _LOG.error("passed on a request that could not be read: %r", error)
            return request

    return handler


def _target(request: Event) -> str:
    uri, querystring = request["uri"], request.get("querystring")
    return f"{uri}?{querystring}" if querystring else f"{uri}"


def _members(cf: Event) -> dict[str, Any]:
    request = cf["request"]
    headers = {name: _joined(name, entries) for name, entries in request["headers"].items()}
    # CloudFront adds its headers behind the viewer's request: in front of that, they are whatever the visitor sent.
    is_placed = (cf.get("config") or {}).get("eventType") == _ORIGIN_REQUEST
    return {
        "method": request["method"],
        "headers": headers,
        "body": _body(request.get("body")) if request["method"] == "POST" else b"",
        "geo": _geo(headers) if is_placed else {},
        "cdn": "cloudfront" if is_placed else None,
        "new_id": lambda: str(uuid4()),
    }


def _joined(name: str, entries: Event) -> str:
    return ("; " if name == "cookie" else ", ").join([entry["value"] for entry in entries])


def _body(body: Event) -> bytes:
    """The bytes of a body; CloudFront cuts a long one, and says so."""
    if body is None:
        return b""
    if body.get("inputTruncated") is True:
        return bytes(MOST_BYTES + 1)
    if body.get("encoding") == "text":
        return str(body["data"]).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body["data"])
    except binascii.Error:
        return b""


def _geo(headers: Mapping[str, str]) -> dict[str, object]:
    """What CloudFront knows of the visitor's place, under the names of docs/reference/host.md."""
    found: dict[str, object] = {}
    for name, suffix in _PLACES.items():
        value = headers.get(f"{_VIEWER}{suffix}")
        if value is not None:
            found[name] = _decoded(value)
    for name in _COORDINATES:
        value = headers.get(f"{_VIEWER}{name}")
        if value:
            found[name] = _degrees(value)
    return found


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _degrees(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _response(answer: Any) -> Event:
    return {
        "status": str(answer.status),
        "statusDescription": _DESCRIPTIONS[answer.status],
        "headers": {name: [{"key": name, "value": value}] for name, value in answer.headers.items()},
        "body": answer.body.decode(),
        "bodyEncoding": "text",
    }
