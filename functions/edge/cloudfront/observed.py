"""What CloudFront shows a function of a request: its own headers by name, and those that it hides."""

from __future__ import annotations

from decision_engine.ir.nodes import FeatureSpec
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
UNCOMPUTED = ("hour", "minute", "part_of_day", "weekday")
"""Keys of `local` that a whole host observes: the table for them is more than a function holds."""
UNREADABLE_PREFIXES = ("x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-")


def observe(feature: FeatureSpec) -> str:
    """An expression for what the platform sees of the first two keys of a feature's path; empty for nothing.

    Raises TargetError for a header that is hidden, and for what only a whole host computes.
    """
    group, key = feature.path[:2]
    match group:
        case "geo" if key in GEO_HEADERS:
            seen = f"single_header({text('cloudfront-viewer-' + GEO_HEADERS[key])})"
            return f"degrees({seen})" if key in ("latitude", "longitude") else seen
        case "device" if key in ("mobile", "platform", "type"):
            return f"device_{key}()"
        case "headers":
            if key in UNREADABLE or key.startswith(UNREADABLE_PREFIXES):
                message = (
                    f"expected a header that CloudFront shows to functions, found `{key}` in feature `{feature.name}`"
                )
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
        case "language" if key == "best":
            values = "none" if feature.values is None else f"[{', '.join(map(text, feature.values))}]"
            return f"best_language({values})"
        case "local" if key in UNCOMPUTED:
            found = f"`{group}.{key}` in feature `{feature.name}`"
            message = f"expected only what the small host of `cloudfront` computes, found {found}"
            help_line = "compile for a target with the whole host, such as `cloudflare` or `lambda-edge-node`"
            raise TargetError("not-at-platform", message, help=help_line)
    return ""
