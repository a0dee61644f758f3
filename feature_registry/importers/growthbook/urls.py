"""GrowthBook's targeting of addresses: tests of the page's host, path, fragment and query.

A request tells them in the group `page` (`url`, `relative`, `host`, `path`, `hash`) and in the group `query`.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from feature_registry.importers.draft import RegistryDraft
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, conj, disj, negate
from feature_registry.importers.regular_expressions import InvalidExpressionError, pattern_of
from feature_registry.importers.values import Attribute

_WILDCARD = "_____"


def is_targeted(draft: RegistryDraft, targets: Sequence[object]) -> Formula:
    """Some target that includes matches (or there is none), and no target that excludes does."""
    if not targets:
        return FALSE
    included: list[Formula] = []
    excluded: list[Formula] = []
    for target in targets:
        if not isinstance(target, dict) or not isinstance(target.get("pattern"), str):
            raise NotCarriedError("url-target", "a target of addresses has no pattern")
        found = _target(draft, target.get("type"), target["pattern"])
        (excluded if target.get("include") is False else included).append(found)
    return conj((disj(included) if included else TRUE, *map(negate, excluded)))


def _target(draft: RegistryDraft, kind: object, pattern: str) -> Formula:
    if kind == "regex":
        return disj((_matches(draft, "page", "url", pattern), _matches(draft, "page", "relative", pattern)))
    return _simple(draft, pattern) if kind == "simple" else FALSE


def _simple(draft: RegistryDraft, pattern: str) -> Formula:
    starred = pattern.replace("*", _WILDCARD)
    head = starred.split("/")[0].split("?")[0]
    if "." in head and ":" not in head:
        starred = f"https://{starred}"
    parts = urlsplit(starred if "://" in starred else f"https://{_WILDCARD}/{starred.lstrip('/')}")
    tests = [
        _part(draft, "page", "host", (parts.netloc or _WILDCARD).lower()),
        _part(draft, "page", "path", parts.path or "/", is_path=True),
    ]
    if parts.fragment:
        tests.append(_part(draft, "page", "hash", f"#{parts.fragment}"))
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        tests.append(_part(draft, "query", key, value, absent=""))
    return conj(tests)


def _part(
    draft: RegistryDraft, group: str, key: str, wanted: str, *, is_path: bool = False, absent: str | None = None
) -> Formula:
    """One part of an address: `_____` is a wildcard, case does not count, slashes around a path are optional."""
    body = wanted.strip("/") if is_path else wanted
    escaped = "".join(f"\\{one}" if one in "*.+?^${}()|[]\\" else one for one in body).replace(_WILDCARD, ".*")
    source = f"^/?{escaped}/?$" if is_path else f"^{escaped}$"
    found = _matches(draft, group, key, source, ignore_case=True)
    if absent is None or body.replace(_WILDCARD, "") != absent:
        return found
    return disj((found, Attribute(draft, key, group).is_null()))


def _matches(draft: RegistryDraft, group: str, key: str, source: str, *, ignore_case: bool = False) -> Formula:
    try:
        pattern = pattern_of(source, ignore_case=ignore_case)
    except InvalidExpressionError:
        return FALSE
    return Attribute(draft, key, group).test("text", None, "matches", pattern)
