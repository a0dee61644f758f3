"""Fields into pages: escaped for the place where they stand.

What comes out is ASCII, so that it is right in any encoding that a page may have. A field that cannot stand at a place
gives None, and then the page stays as it is.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_LONGEST_FIELD = 16_384
_LONGEST_URL = 2048
_HTTPS = re.compile(r"https://[A-Za-z0-9.:-]+(?:[/?#].*)?", re.DOTALL)
_REFUSED = re.compile(r'[^!-~]|["<>\\^`{|}]')
_IN_HTML = re.compile(r"[^\t\n -~]|[\"&'<>`]")
_IN_SCRIPT = re.compile(r"[^\x00-\x7e]|[<>&]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_OWN_PATHS = ("/.edgewise/", "/ofrep/")
_DOTS = frozenset({".", ".."})


def escape_html(text: str) -> str | None:
    """Text for an element's content, or for an attribute's value in quotes; None when it is too long."""
    if utf16_length(text) > _LONGEST_FIELD:
        return None
    return _IN_HTML.sub(_reference, text)


def escape_script(json: str) -> str:
    """JSON text for an element `script`: of the same value, in ASCII and without `<`, `>` and `&`."""
    return _IN_SCRIPT.sub(_unicode_escape, json)


def encode_part(text: str) -> str | None:
    """Text percent-encoded as a part of an address; None when it is too long, or could end a path early."""
    if utf16_length(text) > _LONGEST_URL or text in ("", ".", "..") or _SURROGATE.search(text) is not None:
        return None
    return quote(text, safe="~")


def is_safe_url(text: str) -> bool:
    """Whether it is an address that may stand in a page: `https://HOST...`, or a path of the site."""
    if not _is_written(text):
        return False
    return _HTTPS.fullmatch(text) is not None or (text.startswith("/") and not text.startswith("//"))


def is_site_path(text: str) -> bool:
    """Whether it is a path of the site that a visitor may be sent to, with or without a query."""
    if not _is_written(text) or not text.startswith("/") or text.startswith("//") or "#" in text:
        return False
    path = text.partition("?")[0].lower().replace("%2e", ".")
    return _DOTS.isdisjoint(path.split("/")) and not f"{path}/".startswith(_OWN_PATHS)


def utf16_length(text: str) -> int:
    """The length as JavaScript counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_written(text: str) -> bool:
    return 1 <= len(text) <= _LONGEST_URL and _REFUSED.search(text) is None


def _reference(found: re.Match[str]) -> str:
    point = ord(found[0])
    is_control = point < 0x20 or 0x7F <= point <= 0x9F
    return "&#65533;" if is_control or 0xD800 <= point <= 0xDFFF else f"&#{point};"


def _unicode_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
