"""What each platform allows and asks, read from limits.json: every figure with its day and its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType


class Quantity(StrEnum):
    """What a limit limits."""

    CODE_RAW = "code_raw"
    """Bytes of the code that is deployed, as they are."""
    CODE_GZIP = "code_gzip"
    """The same bytes, each file compressed by gzip."""
    MEMORY = "memory"
    """Bytes of memory of one instance."""
    CPU_MS = "cpu_ms"
    """Milliseconds of one request."""
    STARTUP_MS = "startup_ms"
    """Milliseconds until an instance is ready."""
    KV_KEY = "kv_key"
    """Bytes of a key in the platform's key-value store."""
    KV_VALUE = "kv_value"
    """Bytes of a value there."""
    RESPONSE = "response"
    """Bytes of an answer that the code makes itself."""
    PRICE_PER_MILLION = "price_per_million"
    """USD for a million requests."""


HELD = (Quantity.CODE_RAW, Quantity.CODE_GZIP, Quantity.MEMORY, Quantity.KV_KEY, Quantity.KV_VALUE)
"""What is known when a program is compiled, and so held then; the rest is for people to read."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One figure. `value` is None where it is not established; `as_of` is the day it was read (YYYY-MM-DD)."""

    value: float | None
    as_of: str
    source: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform with every quantity."""

    name: str
    title: str
    limits: Mapping[Quantity, Limit]


def _read() -> Mapping[str, Platform]:
    document = json.loads((Path(__file__).parent / "limits.json").read_bytes())
    return MappingProxyType({name: _platform(name, entry) for name, entry in document["platforms"].items()})


def _platform(name: str, entry: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Platform:
    found = {Quantity(key): _limit(figure) for key, figure in entry["limits"].items()}
    return Platform(name, str(entry["title"]), MappingProxyType({quantity: found[quantity] for quantity in Quantity}))


def _limit(figure: Mapping[str, object]) -> Limit:
    value, source, note = figure["value"], figure["source"], figure["note"]
    assert value is None or isinstance(value, int | float), "a limit is a number"
    return Limit(
        value, str(figure["as_of"]), None if source is None else str(source), None if note is None else str(note)
    )


PLATFORMS: Mapping[str, Platform] = _read()
"""Every platform by its name."""

PLATFORM_OF_TARGET: Mapping[str, str | None] = MappingProxyType(
    {
        "akamai": "akamai",
        "browser": None,
        "bun": None,
        "cloudflare": "cloudflare",
        "cloudfront": "cloudfront",
        "deno": None,
        "fastly": "fastly",
        "javascript": None,
        "lambda-edge-node": "lambda-edge",
        "lambda-edge-python": "lambda-edge",
        "python": None,
        "python-wheel": None,
        "python-worker": "cloudflare",
        "wasm": None,
    }
)
"""Each target's platform; None where nothing limits the code: a server, a browser."""


def platform_of(target: str) -> Platform | None:
    """The platform that a target runs on; None where none limits it."""
    name = PLATFORM_OF_TARGET[target]
    return None if name is None else PLATFORMS[name]
