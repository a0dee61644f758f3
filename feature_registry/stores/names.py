"""Names that stores take: of drafts and environments, files, objects, people and requests.

Names become paths, keys and lines of logs. So they are few characters that mean the same on every system, and what is
refused is refused by every storage alike, before anything is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from feature_registry.document_reader import KINDS
from feature_registry.documents.base import RESERVED_NAMES
from feature_registry.findings import short
from feature_registry.nearest import listed
from feature_registry.stores.errors import StoreError

LONGEST_MESSAGE = 1000
LONGEST_FILE_NAME = 200

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_OBJECT = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_REQUEST = re.compile(r"[!-~]{1,200}")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # files that Windows reserves
_LONGEST_PERSON = 100


def check_name(name: str, noun: str, place: str) -> str:
    """The name of a draft or an environment. Raises StoreError."""
    if _NAME.fullmatch(name) is None or _DEVICES.fullmatch(name):
        message = f"expected the name of {noun}, found `{short(name)}`"
        help_line = "a name begins with a lower-case letter and has at most 64 of a-z, 0-9, `_` and `-`"
        raise StoreError("bad-store-name", message, place, help_line)
    return name


def check_object(path: str, place: str) -> tuple[str, str]:
    """Kind and name of an object written as `kind/name`. Raises StoreError."""
    kind, _, name = path.partition("/")
    if kind not in KINDS or _OBJECT.fullmatch(name) is None or name in RESERVED_NAMES:
        message = f"expected an object as `KIND/NAME`, found `{short(path)}`"
        help_line = f"for instance `cohorts/loyal`; the kinds are {listed(KINDS)}"
        raise StoreError("bad-store-name", message, place, help_line)
    return kind, name


def check_file_name(name: str, place: str) -> str:
    """The name of a file in a registry's folder, with `/` between folders. Raises StoreError."""
    parts = name.split("/")
    is_portable = all(
        _PART.fullmatch(part) and not part.endswith(".") and not _DEVICES.fullmatch(part) for part in parts
    )
    if not is_portable or len(name) > LONGEST_FILE_NAME or name.endswith(".schema.json"):
        message = f"expected the name of a file in the registry's folder, found `{short(name)}`"
        help_line = "letters, digits, `_`, `-`, `.`, and `/` between folders; no hidden, reserved or schema files"
        raise StoreError("bad-store-name", message, place, help_line)
    return name


def check_file_names(names: Iterable[str], place: str) -> None:
    """That no two files are the same where case does not count, and none is a folder of another. Raises StoreError."""
    seen: dict[str, str] = {}
    for name in sorted(names):
        parts = name.split("/")
        for length in range(1, len(parts) + 1):
            path = "/".join(parts[:length]) + ("/" if length < len(parts) else "")
            first = seen.setdefault(path.rstrip("/").casefold(), path)
            if first != path:
                message = f"expected names that no system takes for each other, found `{first}` and `{path}`"
                help_line = "names differ by more than case, and a file is no folder: rename one"
                raise StoreError("bad-store-name", message, place, help_line)


def check_person(name: str, place: str) -> str:
    """Who does something, as logs show it. Raises StoreError."""
    is_plain = name.isprintable() and name == name.strip() and unicodedata.is_normalized("NFC", name)
    if not is_plain or not 0 < len(name) <= _LONGEST_PERSON:
        message = f"expected the name of a person, found `{short(name)}`"
        help_line = "1 to 100 printable characters without spaces at the ends, such as an address"
        raise StoreError("bad-store-name", message, place, help_line)
    return name


def same_person(left: str, right: str) -> bool:
    """Whether two names stand for one person: case and look-alike forms do not make a second one."""
    return _folded(left) == _folded(right)


def check_request(id: str, place: str) -> str:
    """The id of a request. Raises StoreError."""
    if _REQUEST.fullmatch(id) is None:
        message = f"expected the id of a request, found `{short(id)}`"
        raise StoreError("bad-store-name", message, place, "1 to 200 visible ASCII characters, such as a UUID")
    return id


def check_message(message: str, place: str) -> str:
    """The words of an author about a revision. Raises StoreError."""
    is_text = all(one.isprintable() or one == "\n" for one in message)
    if not message.strip() or len(message) > LONGEST_MESSAGE or not is_text:
        found = f"expected a message of 1 to {LONGEST_MESSAGE} characters, found `{short(message)}`"
        raise StoreError("bad-store-name", found, place, "say in a sentence what changes for visitors")
    return message


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
