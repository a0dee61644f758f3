"""Names of other systems as names of a registry."""

from __future__ import annotations

import re
from collections.abc import Container

from feature_registry.documents.base import RESERVED_NAMES

LONGEST = 64

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def registry_name(text: str, taken: Container[str], *, dashes: bool = False) -> str:
    """A name of lower-case letters, digits and `_` (with `dashes` also `-`) near to the text, and not taken."""
    lowered = _HUMP.sub("_", text).lower()
    other = r"[^a-z0-9_-]+" if dashes else r"[^a-z0-9_]+"
    name = re.sub(r"_{2,}", "_", re.sub(other, "_", lowered)).strip("_-")
    name = name if name[:1].isalpha() else f"x_{name}".rstrip("_")
    name = name[:LONGEST]
    number, base = 1, name
    while name in taken or name in RESERVED_NAMES:
        number += 1
        name = f"{base[: LONGEST - 1 - len(str(number))]}_{number}"
    return name
