"""The storefront's client as one module: `client.js` with what it imports, in few bytes."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["CLIENT", "CLIENT_FILES", "client_module"]

CLIENT = "client.js"
"""The module that pages load."""
CLIENT_FILES = ("client_exposures.js", "client_slots.js", CLIENT)
"""What it is made of; a file stands behind those that it imports. No two of them give a name twice."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./client_\w+\.js";\n', re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_BLANKS = re.compile(r"\n\s+")


def client_module() -> bytes:
    """One after the other, without comments, indentation and blank lines."""
    folder = Path(__file__).parent
    parts = [_COMMENT.sub("", _IMPORT.sub("", (folder / name).read_text(encoding="utf-8"))) for name in CLIENT_FILES]
    inner = [part.replace("export function", "function") for part in parts[:-1]]
    return _BLANKS.sub("\n", "".join([*inner, parts[-1]])).lstrip().encode()
