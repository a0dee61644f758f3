"""Reads the cases in tests/conformance/hosts that both hosts share."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "conformance" / "hosts"


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def joined(pieces: str | list[list[Any]]) -> str:
    """A text, or pairs of a text and how often it is repeated, so that long inputs stay short in the data."""
    return pieces if isinstance(pieces, str) else "".join(text * count for text, count in pieces)
