"""Strategies of requests to a registry: usual, missing, broken, stale and denied values; and of their times."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.conformance.cases import Json
from tests.properties.pools import DAY, DOMAINS, IDS, JUNK, NOW, PURPOSES, UNITS


def times() -> SearchStrategy[int]:
    """The time of a request: around daylight saving, midnight, New Year, and the windows that registries have."""
    edges = [NOW, NOW + DAY, NOW - DAY, 1774746000000, 1774746000000 - 1, 1761440400000, 1767225600000, 0, -DAY - 1]
    return st.sampled_from(edges) | st.integers(NOW - 400 * DAY, NOW + 400 * DAY)


@st.composite
def requests(draw: DrawFn, registry: Json) -> Json:
    """A request to a registry."""
    request: dict[str, Json] = {}
    for name, feature in registry["features"].items():
        if "derive" in feature:
            if draw(st.integers(0, 9)) == 9:  # what a request says of a derived feature counts for nothing
                request.setdefault("features", {})[name] = draw(st.sampled_from([True, 5, "low", *JUNK]))
            continue
        state = draw(st.sampled_from(["usual", "usual", "usual", "absent", "junk", "own", "stale"]))
        if state != "absent":
            values = JUNK if state == "junk" else DOMAINS[feature["type"]]
            _place(draw, request, name, feature, draw(st.sampled_from(values)), own=state == "own")
        if state == "stale" or draw(st.integers(0, 9)) == 9:
            ages = [NOW - 10 * DAY, NOW, "2025-11-21T07:59:59Z", NOW + DAY, "yesterday", None]
            path = draw(st.sampled_from([feature["from"], feature["from"].split(".")[0]]))
            request.setdefault("timestamps", {})[path] = draw(st.sampled_from(ages))
    for unit in UNITS:
        if draw(st.integers(0, 4)) < 4:
            request.setdefault("units", {})[unit] = draw(
                st.sampled_from([*IDS, *IDS, "", 5, None, "\ud800", "y" * 4097])
            )
    if draw(st.integers(0, 3)) == 3:
        request["consent"] = {"denied": draw(st.sampled_from([[], [PURPOSES[0]], PURPOSES, ["storage", 1], "all"]))}
    if draw(st.integers(0, 9)) == 9:
        request["decisions"] = draw(st.lists(st.sampled_from(sorted(registry["decisions"])), max_size=3))
    return request


def _place(draw: DrawFn, request: dict[str, Json], name: str, feature: Json, value: Json, *, own: bool) -> None:
    """Put a value where the feature reads it; as text in a group of texts, at times."""
    if own:
        request.setdefault("features", {})[name] = value
        return
    *groups, key = feature["from"].split(".")
    if groups[0] in ("headers", "cookies", "query") and draw(st.integers(0, 4)) < 4:
        value = _as_text(value)
    at = request
    for group in groups:
        at = at.setdefault(group, {})
    at[key] = value


def _as_text(value: Json) -> Json:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return value
