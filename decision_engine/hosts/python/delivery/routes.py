"""Redirects and rewrites within the site, by the outcomes of decisions that the policy names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .escape import is_site_path
from .slots import Shown, field_at, first_value

_CARRIED = re.compile(r"[!-~]{1,2048}")


class Redirect(NamedTuple):
    """Where a visitor is sent instead."""

    status: int
    location: str


class Way(NamedTuple):
    """Where a request goes: the decisions asked, and a redirect, or the target to ask the origin for."""

    used: tuple[int, ...]
    redirect: Redirect | None = None
    rewrite: str | None = None


def find_way(routes: list[Any], target: str, shown_of: Callable[[int], Shown]) -> Way:
    """The first route of the path whose outcome says so.

    A redirect never leads to a path where one begins, so that nobody goes in circles; a rewrite is not looked at again.
    """
    path, _, query = target.partition("?")
    used: list[int] = []
    for route in routes:
        if not matches_any(route["paths"], path):
            continue
        used.append(route["decision"])
        found = field_at(first_value(shown_of(route["decision"])), route["path"])
        if not isinstance(found, str) or not is_site_path(found):
            continue
        to = found.partition("?")[0]
        if to == path or (route["kind"] == "redirect" and _begins_redirect(routes, to)):
            continue
        sent = f"{found}{'&' if '?' in found else '?'}{query}" if _CARRIED.fullmatch(query) else found
        if route["kind"] == "redirect":
            return Way(tuple(used), Redirect(route["status"], sent))
        return Way(tuple(used), None, sent)
    return Way(tuple(used))


def matches_any(patterns: Iterable[str], path: str) -> bool:
    """Whether a path is one of some patterns: exact ones, or such that end in `/*`."""
    return any(path.startswith(one[:-1]) if one.endswith("*") else path == one for one in patterns)


def _begins_redirect(routes: list[Any], path: str) -> bool:
    return any(route["kind"] == "redirect" and matches_any(route["paths"], path) for route in routes)
