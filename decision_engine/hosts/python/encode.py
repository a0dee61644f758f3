"""Encode: a request and a time become the vector of doubles that `decide` reads.

Everything that depends on the tables alone is prepared once, as one closure a feature; a request runs them in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan
from typing import NamedTuple, Protocol, TypeAlias

from .automata import matcher
from .clocks import local_time
from .messages import Known
from .murmur import halves
from .named_hash import place
from .tables import Clock, Feature, Input, Tables, Unit
from .values import TEXT_GROUPS, Status, Value, acceptor, parsing_acceptor, text, timestamp
from .versions import precedence, rank
from .visitor.language import language_reader

Request: TypeAlias = dict[str, object]
Element: TypeAlias = Callable[[Value], float]
"""The number that a present value puts into one element of the vector."""


class Encoded(NamedTuple):
    """The vector, NaN where missing, and for each feature its name, status and age in ms (None when not known)."""

    vector: list[float]
    statuses: tuple[tuple[str, Status, int | None], ...]


class Context(NamedTuple):
    """What all features of one request share: `features`, `timestamps` in ms, the purposes denied, the time; and the
    same of what is known besides."""

    request: Request
    given: Request
    written: dict[str, int | None]
    denied: frozenset[object]
    at: int
    known: Mapping[str, object]
    known_written: dict[str, int | None]


FeatureEncoder: TypeAlias = Callable[[Context, list[float]], tuple[str, Status, int | None]]


class Encode(Protocol):
    """Gives the vector of a request at a time in ms UTC."""

    def __call__(self, request: Request, at: int, known: Known | None = None) -> Encoded:
        """The vector; `known` is what is known of the visitor besides."""
        ...


def encoder(tables: Tables) -> Encode:
    """Prepare the tables."""
    matchers = [matcher(automaton) for automaton in tables["automata"]]
    features = [_feature_encoder(feature, matchers) for feature in tables["features"]]
    units = [unit for unit in tables["units"] if unit["a"] is not None or unit["b"] is not None or unit.get("named")]
    clocks = [(local_time(clock), clock) for clock in tables["clocks"]]
    empty, now = [nan] * tables["width"], tables["now"]

    def encode(request: Request, at: int, known: Known | None = None) -> Encoded:
        vector = empty.copy()
        written = _times(group(request, "timestamps"))
        refused = denied(request)
        if known is None:
            context = Context(request, group(request, "features"), written, refused, at, _NOTHING, {})
        else:
            times = {} if known.timestamps is None else _times(known.timestamps)
            facts, refused = known.features or _NOTHING, refused.union(known.denied)
            context = Context(request, group(request, "features"), written, refused, at, facts, times)
        statuses = tuple([encode_feature(context, vector) for encode_feature in features])
        if units:
            _put_units(units, group(request, "units"), vector)
        if now is not None:
            vector[now] = float(at)
        for read, clock in clocks:
            _put_clock(read(at), clock, vector)
        return Encoded(vector, statuses)

    return encode


_NOTHING: Mapping[str, object] = {}


def _times(stamps: Mapping[str, object]) -> dict[str, int | None]:
    return {name: timestamp(raw) for name, raw in stamps.items()}


def group(request: Request, name: str) -> Request:
    """The group of that name; empty when there is none, or when it is no object."""
    found = request.get(name)
    return found if type(found) is dict else {}


def denied(request: Request) -> frozenset[object]:
    """The purposes that consent denies."""
    purposes = group(request, "consent").get("denied")
    return frozenset(item for item in purposes if type(item) is str) if type(purposes) is list else frozenset()


def is_unit(raw: object) -> bool:
    """Whether a raw value can be the id of a unit: text as of a feature, and not empty."""
    return raw != "" and text(raw) is not None


def _feature_encoder(feature: Feature, matchers: list[Callable[[str], bool]]) -> FeatureEncoder:
    name, max_age, default = feature["name"], feature["max_age"], feature["default"]
    purposes, first = frozenset(feature["purposes"]), feature["path"][0]
    dotted = ".".join(feature["path"])
    read, accept = reader(feature["path"]), acceptor(feature)
    if feature["path"] == ["language", "best"]:
        read = language_reader(feature["values"], read)
    accept_read = parsing_acceptor(feature) if first in TEXT_GROUPS else accept
    elements = [(item["at"], _element(item, feature["type"], matchers)) for item in feature["inputs"]]
    default_value = None if default is None else accept(default)
    defaults = [] if default_value is None else [(at, element(default_value)) for at, element in elements]
    when_missing = Status.MISSING if default_value is None else Status.DEFAULT
    when_denied = (name, Status.DENIED, None)
    status_missing: tuple[str, Status, int | None] = (name, when_missing, None)
    status_present: tuple[str, Status, int | None] = (name, Status.PRESENT, None)

    def encode(context: Context, vector: list[float]) -> tuple[str, Status, int | None]:
        request, given, written, refused, now, known, known_written = context
        if refused and not refused.isdisjoint(purposes):
            return when_denied
        if known and name in known:
            raw, read_as, written = known[name], accept, known_written
        elif given and name in given:
            raw, read_as = given[name], accept
        else:
            raw, read_as = read(request), accept_read
        value = None if raw is None else read_as(raw)
        status = status_missing if value is None else status_present
        if written:
            since = written.get(dotted)
            if since is None:
                since = written.get(first)
            if since is not None:
                age = now - since if now > since else 0
                if value is not None and max_age is not None and age > max_age:
                    status, value = (name, Status.STALE, age), None
                else:
                    status = (name, status[1], age)
        if value is not None:
            for at, element in elements:
                vector[at] = element(value)
        else:
            for at, number in defaults:
                vector[at] = number
        return status

    return encode


def reader(path: list[str]) -> Callable[[Request], object]:
    """Prepare a path: own properties only, through objects only."""
    if len(path) == 1:
        (only,) = path
        return lambda request: request.get(only)
    if len(path) == 2:
        first, last = path

        def read_member(request: Request) -> object:
            found = request.get(first)
            return found.get(last) if type(found) is dict else None

        return read_member

    def read(request: Request) -> object:
        found: object = request
        for key in path:
            if type(found) is not dict:
                return None
            found = found.get(key)
        return found

    return read


def _element(item: Input, kind: str, matchers: list[Callable[[str], bool]]) -> Element:
    """Prepare one element. The compiler pairs its kind with the feature's type, and a value has its feature's type."""
    match item["kind"]:
        case "number":
            return _number_element(kind)
        case "level":
            levels = {level: float(index) for index, level in enumerate(item["levels"])}
            other = float(len(levels))
            return lambda value: levels.get(value, other)  # type: ignore[arg-type]  # a category or text: str
        case "tag":
            tag = item["tag"]
            return lambda value: 1.0 if tag in value else 0.0  # type: ignore[operator]  # tags: frozenset
        case "version":
            versions = [found for found in map(precedence, item["versions"]) if found is not None]
            return lambda value: float(rank(value, versions))  # type: ignore[arg-type]  # a version: its precedence
        case "matches":
            test = matchers[item["automaton"]]
        case test_kind:
            test = _text_test(test_kind, item["operand"])
    return lambda value: 1.0 if test(value) else 0.0  # type: ignore[arg-type]  # a category or text: str


def _number_element(kind: str) -> Element:
    match kind:
        case "number" | "bool" | "timestamp":
            return float  # type: ignore[return-value]  # of these types, a value is a float, a bool or an int
        case "tags":
            return lambda value: float(len(value))  # type: ignore[arg-type]  # tags: frozenset
        case _:
            return lambda value: 1.0


def _text_test(kind: str, operand: str) -> Callable[[str], bool]:
    match kind:
        case "starts_with":
            return lambda value: value.startswith(operand)
        case "ends_with":
            return lambda value: value.endswith(operand)
        case "contains":
            return lambda value: operand in value
        case "below":
            limit = operand.encode("utf-16-be")
            return lambda value: value.encode("utf-16-be") < limit
        case "above":
            limit = operand.encode("utf-16-be")
            return lambda value: value.encode("utf-16-be") > limit
        case other:
            raise ValueError(f"unknown kind of element `{other}`")


def _put_units(units: list[Unit], ids: Request, vector: list[float]) -> None:
    for unit in units:
        raw = ids.get(unit["name"])
        if not isinstance(raw, str) or not is_unit(raw):
            continue
        first, second = halves(raw.encode())
        if (at := unit["a"]) is not None:
            vector[at] = float(first)
        if (at := unit["b"]) is not None:
            vector[at] = float(second)
        for named in unit.get("named", ()):
            vector[named["at"]] = place(named["bucketing"], named["before"] + raw + named["after"])


def _put_clock(time: tuple[int, int], clock: Clock, vector: list[float]) -> None:
    weekday, minute = time
    if (at := clock["weekday"]) is not None:
        vector[at] = float(weekday)
    if (at := clock["minute"]) is not None:
        vector[at] = float(minute)
