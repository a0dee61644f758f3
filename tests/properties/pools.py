"""The values that random registries and requests are drawn from."""

from __future__ import annotations

from tests.conformance.cases import Json

NOW = 1763712000000
DAY = 86_400_000
UNITS = ["visitor_id", "account_id"]
PURPOSES = ["personalisation", "research"]
MODEL_NUMBERS = [-2.0, -0.3, 0.0, -0.0, 0.004, 0.41, 1.0, 2.5, 17.0, 41.0, 80.0]

DOMAINS: dict[str, list[Json]] = {
    "bool": [True, False],
    "number": [*MODEL_NUMBERS, -1.0, 0.1, 3, 1e-9, 9007199254740991],
    "category": ["DE", "at", "\u00e9", "\U0001f600 b", "", "constructor"],
    "text": ["", "a", "ab", "ba-2026", "\u00c4pfel", "\U0001f600", "x/y?z=1", "A" * 40],
    "timestamp": [
        NOW,
        NOW - DAY,
        NOW - 30 * DAY,
        NOW + DAY,
        0,
        -1500,
        "2025-11-21T08:00:00Z",
        "2024-02-29T23:59:59.5+01:00",
    ],
    "tags": [[], ["shoes"], ["shoes", "bags"], ["bags", "bags", "\u00e9"], ["kids", "shoes", "bags"]],
    "version": ["1.0.0", "1.2.3", "1.2.3-rc.1", "1.2.3+b5", "1.2.4-alpha", "10.0.0"],
}
"""Values of each type."""

VERSION_ORDER = ["1.0.0", "1.2.3-rc.1", "1.2.3", "1.2.3+b5", "1.2.4-alpha", "10.0.0"]
"""The versions in order of precedence; build metadata does not count."""

TAGS = ["shoes", "bags", "kids", "\u00e9"]
TIMES = ["2025-11-21T08:00:00Z", "2025-11-20T08:00:00+01:00", "1970-01-01T00:00:00Z", "2030-01-01T00:00:00Z"]
DURATIONS = ["1d", "24h", "30d", "0s", "250ms"]
PATTERNS = ["a|ab", "[a-c]+-[0-9]{4}", ".*", "\u00c4.*", "(ab?)*", "[^a]+", "\\w+"]
JUNK: list[Json] = [
    None,
    True,
    0,
    -0.0,
    1e300,
    2**53,
    "",
    "DE",
    "1.2.3",
    "true",
    "\ud800",
    [],
    ["shoes", 1],
    {},
    {"a": 1},
    "x" * 5000,
]
PATHS = ["session.{}", "profile.deep.{}", "headers.x-{}", "cookies.{}", "query.{}", "geo.{}"]
IDS = ["v1", "v2", "visitor-3", "anna@example.com", "\U0001f600", "0", "x" * 33]
