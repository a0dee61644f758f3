"""The one JSON text form of everything that is compiled: the same value gives the same text in every artefact."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A value of JSON: None, bool, int, float, str, list, or dict with text keys."""


def compact(value: Json) -> str:
    """JSON text without spaces, UTF-8 as it is, members in the order given; NaN and infinities are refused."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
