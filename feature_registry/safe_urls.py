"""Addresses that may stand in a page or send a visitor somewhere: https, and paths within the site."""

from __future__ import annotations

LONGEST_URL = 2048

_REFUSED = frozenset('"<>\\^`{|}')
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:")
_OWN = ("/.edgewise/", "/ofrep/")
_DOTS = frozenset({".", ".."})


def is_safe_url(text: str) -> bool:
    """Whether it is `https://HOST...`, or a path within the site: printable ASCII without what ends an attribute.

    The host has no user name. Nothing else passes: no `javascript:`, `data:` or `//host`.
    """
    if not _is_written(text):
        return False
    if text.startswith("https://"):
        host = text[8:]
        for mark in "/?#":
            host = host.partition(mark)[0]
        return host != "" and all(letter in _HOST for letter in host)
    return text.startswith("/") and not text.startswith("//")


def is_site_path(text: str) -> bool:
    """Whether it is a path within the site that a visitor may be sent to, with or without a query.

    It has no fragment, no dot segments (`%2e` neither), and is none of the host's own routes.
    """
    if not _is_written(text) or not text.startswith("/") or text.startswith("//") or "#" in text:
        return False
    path = text.partition("?")[0].lower().replace("%2e", ".")
    if any(segment in _DOTS for segment in path.split("/")):
        return False
    return not any(f"{path}/".startswith(own) for own in _OWN)


def _is_written(text: str) -> bool:
    if not 1 <= len(text) <= LONGEST_URL:
        return False
    return all("!" <= letter <= "~" and letter not in _REFUSED for letter in text)
