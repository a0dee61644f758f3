"""From a viewer-request event to the elements of the vector: a few statements of JavaScript for each feature.

The statements call functions of host.js and define `v0`, `v1`, ... for the elements that a program needs. What a
feature's default gives is computed here, by the Python host.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from decision_engine.hosts.python import Host
from decision_engine.hosts.python.versions import precedence
from decision_engine.ir.nodes import (
    Clock,
    FeatureSpec,
    Level,
    Now,
    Number,
    Program,
    Source,
    Tag,
    TextTest,
    UnitHash,
    VersionRank,
)
from decision_engine.tables import tables
from decision_engine.targets.cloudfront.text import number, numbers, text
from decision_engine.targets.errors import TargetError
from functions.edge.cloudfront.automata import emit_automata, is_wide
from functions.edge.cloudfront.clocks import zone_expression

GEO_HEADERS = {
    "country": "country",
    "region": "country-region-name",
    "region_code": "country-region",
    "city": "city",
    "timezone": "time-zone",
    "postal_code": "postal-code",
    "latitude": "latitude",
    "longitude": "longitude",
}
"""What CloudFront adds to a request as `cloudfront-viewer-*`; it knows no continent."""

UNREADABLE = frozenset(
    (
        "connection", "cookie", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "trailer", "upgrade", "x-cache", "x-forwarded-proto", "x-real-ip",
    )
)  # fmt: skip
"""Headers that CloudFront does not show to functions (`cookie` is taken apart already)."""
UNREADABLE_PREFIXES = ("x-accel-", "x-amz-cf-", "x-amzn-", "x-edge-")

_TEXT_GROUPS = ("headers", "cookies", "query")
_OBSERVED = ("geo", "device", *_TEXT_GROUPS)
_LARGEST = float(2**53 - 1)
_ANY_TIME = 9e15  # beyond every timestamp


def emit_features(program: Program, needed: frozenset[int]) -> tuple[str, list[str]]:
    """Declarations that stand before the program, and the statements that define the elements in `needed`.

    Raises TargetError for what the platform hides.
    """
    defaults = _defaults(program)
    wide = ["_wide" if is_wide(automaton) else "" for automaton in program.automata]
    lines = list(_denials(program))
    for number_, feature in enumerate(program.features):
        inputs = [(at, source) for at, source in enumerate(program.inputs) if at in needed and _reads(source, feature)]
        if inputs:
            lines += _Feature(number_, feature, defaults, _purposes(program), wide).lines(inputs)
    lines += [*_units(program, needed), *_times(program, needed)]
    shapes, lines = _share_shapes(lines)
    return "\n".join([*emit_automata(program, needed), *shapes]), lines


def _purposes(program: Program) -> list[tuple[str, ...]]:
    """The sets of purposes that features have, in the order of first use."""
    return list(dict.fromkeys(feature.purposes for feature in program.features if feature.purposes))


def _denials(program: Program) -> Iterator[str]:
    for place, purposes in enumerate(_purposes(program)):
        yield f"const denied_{place} = {' || '.join(f'is_denied({text(purpose)})' for purpose in purposes)};"


_AGED = re.compile(r'(const v\d+ = )(\w+)\(read_aged\((\d[\de]*), ("[^"]*"), ("[^"]*")\), (.*)\);')
_FEW = 3


def _share_shapes(lines: list[str]) -> tuple[list[str], list[str]]:
    """Features read in the same way, from the same group and with the same age, call one function."""
    found = [_AGED.fullmatch(line) for line in lines]
    shapes = Counter(one.group(2, 3, 4) for one in found if one)
    names = {shape: f"aged_{place}" for place, (shape, count) in enumerate(shapes.items()) if count >= _FEW}
    declared = [
        f"const {name} = (key, high, fallback, low) => {call}(read_aged({age}, {group}, key), high, fallback, low);"
        for (call, age, group), name in names.items()
    ]
    changed = [
        f"{one.group(1)}{names[shape]}({one.group(5)}, {one.group(6)});"
        if one and (shape := one.group(2, 3, 4)) in names
        else line
        for one, line in zip(found, lines, strict=True)
    ]
    return declared, changed


def _reads(source: Source, feature: FeatureSpec) -> bool:
    return getattr(source, "feature", None) == feature.name


def _defaults(program: Program) -> Sequence[float]:
    """The vector of a request that gives nothing."""
    host = Host(tables(program), lambda vector: (), target="cloudfront")
    return host.encode({}, 0).vector


class _Feature:
    """The statements of one feature."""

    def __init__(
        self,
        number_: int,
        feature: FeatureSpec,
        defaults: Sequence[float],
        purposes: list[tuple[str, ...]],
        wide: list[str],
    ) -> None:
        self._number = number_
        self._feature = feature
        self._defaults = defaults
        self._wide = wide
        self._denied = f"denied_{purposes.index(feature.purposes)} ? missing : " if feature.purposes else ""

    def lines(self, inputs: list[tuple[int, Source]]) -> Iterator[str]:
        raw = self._raw()
        single = self._single(*inputs[0], raw) if len(inputs) == 1 else None
        if single is not None:
            yield f"const v{inputs[0][0]} = {self._denied}{single};"
        elif self._feature.values is not None and all(isinstance(source, Level | Number) for _, source in inputs):
            yield from self._levels(inputs, raw)
        else:
            # Without a default, a feature that is denied looks like one that is missing.
            denied, before = (self._denied, "") if self._feature.default is not None else ("", self._denied)
            before = before.replace("missing", "none")
            yield f"const raw_{self._number} = {before}{self._accepted(raw)};"
            for at, source in inputs:
                yield f"const v{at} = {denied}{self._element(at, source)};"

    def _raw(self) -> str:
        """The raw value, or none where it is absent or stale."""
        feature = self._feature
        group, key, *rest = feature.path
        observed = _observe(group, key, feature.name)
        if not rest and group not in _TEXT_GROUPS:
            name = "" if feature.name == key else text(feature.name)
            arguments = [
                text(group),
                text(key),
                *([name or "0"] if name or observed else []),
                *filter(None, [observed]),
            ]
            if feature.max_age is None:
                return f"read({', '.join(arguments)})"
            return f"read_aged({number(feature.max_age)}, {', '.join(arguments)})"
        raw = f"given({text(group)}, {text(key)})"
        if observed:
            raw = f"else_use({raw}, {observed})"
        for part in rest:
            raw = f"own({raw}, {text(part)})"
        if group in _TEXT_GROUPS and feature.type in _PARSERS:
            raw = f"{_PARSERS[feature.type]}({raw})"
        raw = f"named({text(feature.name)}, {raw})"
        if feature.max_age is not None:
            raw = f"aged({number(feature.max_age)}, {text(group)}, {text('.'.join(feature.path[1:]))}, {raw})"
        return raw

    def _levels(self, inputs: list[tuple[int, Source]], raw: str) -> Iterator[str]:
        """Several elements of a closed list: the place in the list, and what each element makes of it."""
        assert self._feature.values is not None
        listed = [source.levels for _, source in inputs if isinstance(source, Level)]
        first = listed[0] if listed else ()
        known = (*first, *(value for value in self._feature.values if value not in first))
        same = (at for at, source in inputs if isinstance(source, Level) and source.levels == known)
        name = f"v{next(same, f'_level_{self._number}')}"
        default = self._feature.default
        fallback = "missing" if default is None else str(known.index(str(default)))
        yield f"const {name} = {self._denied}level({raw}, {_list(known)}, {fallback});"
        for at, source in inputs:
            if f"v{at}" == name:
                continue
            if isinstance(source, Level):
                places = [
                    source.levels.index(value) if value in source.levels else len(source.levels) for value in known
                ]
                if places == list(range(len(known))):
                    yield f"const v{at} = {name};"
                elif places == [min(place, len(source.levels)) for place in range(len(known))]:
                    yield f"const v{at} = Math.min({name}, {len(source.levels)});"
                else:
                    yield f"const v{at} = +{numbers(places)}[{name}];"
            else:
                yield f"const v{at} = {name} == {name} ? 1 : missing;"

    def _single(self, at: int, source: Source, raw: str) -> str | None:
        """The element of a feature that has only this one, where it takes one call."""
        feature, fallback = self._feature, self._fallback(at)
        match feature.type, source:
            case "number", Number():
                if feature.low is None and feature.high is None:
                    return f"finite({raw}, {fallback})"
                low = max(-_LARGEST, -_LARGEST if feature.low is None else feature.low)
                high = min(_LARGEST, _LARGEST if feature.high is None else feature.high)
                return f"number_within({raw}, {number(high)}, {fallback}{_low(low)})"
            case "bool", Number():
                return f"truth({raw}, {fallback})"
            case "timestamp", Number():
                low = -_ANY_TIME if feature.low is None else feature.low
                high = _ANY_TIME if feature.high is None else feature.high
                return f"time_within({raw}, {number(high)}, {fallback}{_low(low)})"
            case (("category" | "text"), Level(_, levels)):
                if feature.values is None:
                    return f"open_level({raw}, {_list(levels)}, {fallback})"
                known = (*levels, *(value for value in feature.values if value not in levels))
                if len(known) > len(levels):
                    return f"Math.min(level({raw}, {_list(known)}, {fallback}), {len(levels)})"
                return f"level({raw}, {_list(known)}, {fallback})"
            case _:
                return None

    def _accepted(self, raw: str) -> str:
        """The value where several elements read it, or none; a version as its key."""
        closed = "" if self._feature.values is None else f", {_list(self._feature.values)}"
        match self._feature.type:
            case "category" | "text":
                return f"text_or_none({raw}{closed})"
            case "tags":
                return f"tags({raw})"
            case "version":
                return f"version_key({raw})"
            case kind:
                raise AssertionError(f"cloudfront: a {kind} has one element only")

    def _element(self, at: int, source: Source) -> str:
        value, fallback = f"raw_{self._number}", self._fallback(at)
        match source:
            case Level(_, levels):
                return f"open_level({value}, {_list(levels)}, {fallback})"
            case VersionRank(_, versions):
                return f"version_rank({value}, {_list(sorted(map(version_key, versions)))}, {fallback})"
            case Number():
                closed = "" if self._feature.values is None else f", {_list(self._feature.values)}"
                measure = f"count_tags({value}{closed})" if self._feature.type == "tags" else "1"
            case Tag(_, tag):
                return f"has({value}, {text(tag)}, {fallback})"
            case TextTest(_, test, operand, automaton):
                if automaton is None:
                    measure = f"+{value}{_TESTS[test]}({text(operand)})"
                else:
                    measure = f"matches{self._wide[automaton]}({value}, automaton_{automaton})"
            case _:
                raise AssertionError("cloudfront: not a feature's input")
        return f"{value} === none ? {fallback} : {measure}"

    def _fallback(self, at: int) -> str:
        value = self._defaults[at]
        return "missing" if math.isnan(value) else number(value)


_PARSERS = {"bool": "parse_bool", "number": "parse_number", "timestamp": "parse_time", "tags": "parse_tags"}
_TESTS = {"starts_with": ".startsWith", "ends_with": ".endsWith", "contains": ".includes"}


def _observe(group: str, key: str, feature: str) -> str:
    """An expression for what the platform sees of a path's first two keys; empty when it sees nothing of it."""
    match group:
        case "geo" if key in GEO_HEADERS:
            seen = f"single_header({text('cloudfront-viewer-' + GEO_HEADERS[key])})"
            return f"degrees({seen})" if key in ("latitude", "longitude") else seen
        case "device" if key in ("mobile", "platform"):
            return f"device_{key}()"
        case "headers":
            if key in UNREADABLE or key.startswith(UNREADABLE_PREFIXES):
                message = f"expected a header that CloudFront shows to functions, found `{key}` in feature `{feature}`"
                help_line = (
                    "read cookies as `cookies.NAME`" if key == "cookie" else "let the feature come from elsewhere"
                )
                raise TargetError("unreadable-header", message, help=help_line)
            return f"header({text(key)})"
        case "cookies":
            return f"cookie({text(key)})"
        case "query":
            # `d` is the request's object where there is a route for it.
            return "" if key == "d" else f"parameter({text(key)})"
    return ""


def version_key(version: str) -> str:
    """A text that sorts as versions do; `version_key` of host.js makes the same."""
    assert precedence(version) is not None, "the registry has checked it"
    bare = version.partition("+")[0]
    core, _, identifiers = bare.partition("-")
    key = "".join(map(_digits_key, core.split(".")))
    if not identifiers:
        return key + "~"
    return key + "".join("!" + _digits_key(one) if one.isdigit() else "#" + one for one in identifiers.split("."))


def _digits_key(digits: str) -> str:
    return chr(40 + len(digits)) + digits


def _low(low: float) -> str:
    """The last argument of a range: 0 is left out."""
    return f", {number(low)}" if low else ""


def _list(values: Sequence[str]) -> str:
    """A list of texts, as one text where that is shorter."""
    listed = f"[{', '.join(map(text, values))}]"
    for separator in " ,;|":
        if values and not any(separator in value for value in values):
            joined = f"{text(separator.join(values))}.split({text(separator)})"
            return min(joined, listed.replace('", "', '","'), key=len)
    return listed


def _units(program: Program, needed: frozenset[int]) -> Iterator[str]:
    identity = program.identity
    halves = [(at, source) for at, source in enumerate(program.inputs) if at in needed and isinstance(source, UnitHash)]
    names = list(dict.fromkeys(source.unit for _, source in halves))
    if identity is not None and identity.set_cookie and identity.unit not in names:
        names.append(identity.unit)
    for place, name in enumerate(names):
        if identity is not None and name == identity.unit:
            may_draw = "request_id" if identity.set_cookie else "none"
            yield f"const unit_{place} = identify({text(name)}, {text(identity.cookie)}, {may_draw});"
        else:
            yield f"const unit_{place} = unit_given({text(name)});"
    for at, source in halves:
        unit = f"unit_{names.index(source.unit)}"
        yield f"const v{at} = {f'murmur({unit}, 0)' if source.half == 'a' else f'second_hash({unit})'};"


def _times(program: Program, needed: frozenset[int]) -> Iterator[str]:
    zones: dict[str, str] = {}
    for at, source in enumerate(program.inputs):
        if at not in needed:
            continue
        if isinstance(source, Now):
            yield f"const v{at} = at;"
        elif isinstance(source, Clock):
            if source.zone not in zones:
                zones[source.zone] = f"local_{len(zones)}"
                yield f"const {zones[source.zone]} = at + {zone_expression(source.zone)} * 6e4;"
            yield f"const v{at} = {source.part}({zones[source.zone]});"
