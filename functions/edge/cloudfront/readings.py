"""The statements of JavaScript that read one feature and define its elements.

The statements call functions of host.js. What a feature's default gives stands in them as a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from decision_engine.hosts.python.versions import precedence
from decision_engine.ir.nodes import FeatureSpec, Level, Number, Source, Tag, TextTest, VersionRank
from decision_engine.targets.cloudfront.text import number, numbers, text
from functions.edge.cloudfront.observed import observe

_TEXT_GROUPS = ("headers", "cookies", "query")
_LARGEST = float(2**53 - 1)
_ANY_TIME = 9e15  # beyond every timestamp


class Reading:
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
        """The statements that define the elements `inputs`, by their place in the vector."""
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
        observed = observe(feature)
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
                if test in _ORDER:
                    measure = f"+(order({value}, {text(operand)}) {_ORDER[test]} 0)"
                elif automaton is None:
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
_ORDER = {"below": "<", "above": ">"}


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
