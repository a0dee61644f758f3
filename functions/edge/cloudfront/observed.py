"""What CloudFront shows a function of a request: its own headers by name, and those that it hides."""

from __future__ import annotations

from decision_engine.targets.cloudfront.text import text
from decision_engine.targets.errors import TargetError

GEO_HEADERS = {
    "country": "country",
    "region": "country-region-name",
    "region_code": "country-region",
    "city": "city",
    "timezone": "time-zone",
    "postal_code": "postal-code",
    "latitude": "latitude",
    "longitude": "longitude",
}
"""What CloudFront adds to a request as `cloudfront-viewer-*`; it knows no continent."""

UNREADABLE = frozenset(
    (
        "connection", "cookie", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip",
    )
)  # fmt: skip
"""Headers that CloudFront does not show to functions (`cookie` is taken apart already)."""
UNREADABLE_PREFIXES = ("x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-")


def observe(group: str, key: str, feature: str) -> str:
    """An expression for what the platform sees of a path's first two keys; empty when it sees nothing of it.

    Raises TargetError for a header that is hidden.
    """
    match group:
        case "geo" if key in GEO_HEADERS:
            seen = f"single_header({text('cloudfront-viewer-' + GEO_HEADERS[key])})"
            return f"degrees({seen})" if key in ("latitude", "longitude") else seen
        case "device" if key in ("mobile", "platform"):
            return f"device_{key}()"
        case "headers":
            if key in UNREADABLE or key.startswith(UNREADABLE_PREFIXES):
                message = f"expected a header that CloudFront shows to functions, found `{key}` in feature `{feature}`"
                help_line = (
                    "read cookies as `cookies.NAME`" if key == "cookie" else "let the feature come from elsewhere"
                )
                raise TargetError("unreadable-header", message, help=help_line)
            return f"header({text(key)})"
        case "cookies":
            return f"cookie({text(key)})"
        case "query":
            # `d` is the request's object where there is a route for it.
            return "" if key == "d" else f"parameter({text(key)})"
    return ""
