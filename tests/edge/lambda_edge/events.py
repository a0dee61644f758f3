"""Events as CloudFront hands them to Lambda@Edge (Developer Guide, "Lambda@Edge event structure")."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

VIEWER_REQUEST = "viewer-request"
ORIGIN_REQUEST = "origin-request"

Header = tuple[str, str]
"""A header's name as sent, and its value."""

USUAL: Sequence[Header] = (
    ("Host", "d111111abcdef8.cloudfront.net"),
    ("User-Agent", "Mozilla/5.0"),
    ("Accept", "*/*"),
)


def event(
    method: str,
    target: str,
    *,
    headers: Sequence[Header] = (),
    body: Mapping[str, Any] | None = None,
    kind: str = VIEWER_REQUEST,
) -> dict[str, Any]:
    """The event of a request. Names of headers are lower case as keys, and stand as sent beside each value."""
    uri, _, querystring = target.partition("?")
    listed: dict[str, list[dict[str, str]]] = {}
    for name, value in (*USUAL, *headers):
        listed.setdefault(name.lower(), []).append({"key": name, "value": value})
    request: dict[str, Any] = {
        "clientIp": "203.0.113.178",
        "headers": listed,
        "method": method,
        "querystring": querystring,
        "uri": uri,
    }
    if body is not None:
        request["body"] = dict(body)
    if kind == ORIGIN_REQUEST:
        request["origin"] = {
            "custom": {
                "customHeaders": {},
                "domainName": "shop.example",
                "keepaliveTimeout": 5,
                "path": "",
                "port": 443,
                "protocol": "https",
                "readTimeout": 30,
                "sslProtocols": ["TLSv1.2"],
            }
        }
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": kind,
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def sent_body(text: str | bytes, *, is_truncated: bool = False) -> dict[str, Any]:
    """The member `body` of a request, which a function gets when it is associated with `Include body`."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return {
        "inputTruncated": is_truncated,
        "action": "read-only",
        "encoding": "base64",
        "data": base64.b64encode(content).decode(),
    }
