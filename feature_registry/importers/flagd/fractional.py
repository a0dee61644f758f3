"""flagd's own operators: fractional, sem_ver, starts_with, ends_with (flagd.dev/reference/custom-operations)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from feature_registry.bucketings import FLAGD
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import TRUE, Formula, Within, conj, disj
from feature_registry.importers.jsonlogic import (
    Bucketed,
    Cases,
    Clock,
    Constant,
    CustomOperator,
    Evaluator,
    Joined,
    Reference,
    Several,
    Symbol,
    product,
    trimmed,
)
from feature_registry.importers.jsonlogic.literals import is_number
from feature_registry.importers.values import Attribute, Known

TARGETING_KEY = "targetingKey"

_LARGEST_WEIGHT = 2**31 - 1
_NULL: Cases = [(TRUE, Constant(None))]


def custom_operators(flag: str, bucketing: str) -> Mapping[str, CustomOperator]:
    """The operators as a flag's targeting knows them."""
    return MappingProxyType(
        {
            "fractional": lambda evaluator, given: _fractional(evaluator, given, flag, bucketing),
            "sem_ver": _sem_ver,
            "starts_with": lambda evaluator, given: _text_test(evaluator, given, "starts_with"),
            "ends_with": lambda evaluator, given: _text_test(evaluator, given, "ends_with"),
        }
    )


def _fractional(evaluator: Evaluator, given: list[object], flag: str, bucketing: str) -> Cases:
    if not given:
        return _NULL
    if isinstance(given[0], list):
        unit = evaluator.draft.unit(TARGETING_KEY)
        return _buckets(evaluator, given, lambda: _of_unit(evaluator, bucketing, unit, flag, ""))
    found: Cases = []
    for formula, symbol in evaluator.plain(given[0]):
        for inner, hashed in _hashed(evaluator, symbol, bucketing):
            cases = _NULL if hashed is None else _buckets(evaluator, given[1:], partial(_same, hashed))
            found += [(conj((formula, inner, last)), one) for last, one in cases]
    return trimmed(found)


def _same(hashed: _Hashed) -> _Hashed:
    return hashed


class _Hashed:
    """What is hashed: a unit between two texts, or (without unit) a constant text."""

    def __init__(self, evaluator: Evaluator, bucketing: str, unit: str | None, before: str, after: str) -> None:
        self.evaluator, self.bucketing, self.unit, self.before, self.after = evaluator, bucketing, unit, before, after

    def cases(self, entries: Sequence[tuple[Cases, int]]) -> Cases:
        """The entry of the bucket, by the unit's place."""
        ranges = _ranges([weight for _, weight in entries], self.bucketing)
        if self.unit is None:
            place = self.evaluator.draft.semantics.place(self.bucketing, self.before, self.after, "")
            for (cases, _), (low, high) in zip(entries, ranges, strict=True):
                if low <= place < high:
                    return cases
            return _NULL
        constants = [cases[0][1] for cases, _ in entries if len(cases) == 1]
        shared = (self.unit, self.bucketing, self.before, self.after)
        plain = [one for one in constants if isinstance(one, Constant)]
        if len(plain) == len(entries):
            rows = zip(plain, entries, ranges, strict=True)
            found = tuple((shown, weight, bounds) for shown, (_, weight), bounds in rows)
            return [(TRUE, Bucketed(self.bucketing, self.unit, self.before, self.after, found))]
        spread: Cases = []
        for (cases, _), bounds in zip(entries, ranges, strict=True):
            within = Within(*shared, *bounds)
            for formula, symbol in cases:
                expanded = self.evaluator.expanded(symbol) if isinstance(symbol, Bucketed) else [(TRUE, symbol)]
                spread += [(conj((within, formula, inner)), one) for inner, one in expanded]
        return trimmed([*spread, *_NULL])


def _of_unit(evaluator: Evaluator, bucketing: str, unit: str, before: str, after: str) -> _Hashed:
    return _Hashed(evaluator, bucketing, unit, before, after)


def _hashed(evaluator: Evaluator, symbol: Symbol, bucketing: str) -> list[tuple[Formula, _Hashed | None]]:
    """What is hashed for the first argument, by cases; None where that is no text."""
    match symbol:
        case Constant(str(text)):
            return [(TRUE, _Hashed(evaluator, bucketing, None, text, ""))]
        case Constant():
            return [(TRUE, None)]
        case Reference(path):
            value = Attribute(evaluator.draft, path)
            unit = evaluator.draft.unit(path)
            empty = value.test("text", None, "is", "")
            is_text = value.test("text", None, "starts_with", "")
            constant = _Hashed(evaluator, bucketing, None, "", "")
            return [(empty, constant), (is_text, _Hashed(evaluator, bucketing, unit, "", "")), (TRUE, None)]
        case Joined(parts):
            references = [part for part in parts if isinstance(part, Reference)]
            if len(references) != 1:
                raise NotCarriedError("several-attributes-hashed", "`fractional` hashes several attributes together")
            place = parts.index(references[0])
            before = "".join(str(part) for part in parts[:place])
            after = "".join(str(part) for part in parts[place + 1 :])
            value = Attribute(evaluator.draft, references[0].path)
            nothing = disj((value.is_null(), value.test("text", "text", "is", "")))
            unit = evaluator.draft.unit(references[0].path)
            return [
                (nothing, _Hashed(evaluator, bucketing, None, before + after, "")),
                (TRUE, _Hashed(evaluator, bucketing, unit, before, after)),
            ]
        case _:
            raise NotCarriedError("computed-value", "`fractional` hashes a computed value")


def _buckets(evaluator: Evaluator, buckets: list[object], hashed: Callable[[], _Hashed]) -> Cases:
    """The cases of all buckets; null when one of them is broken, as flagd does."""
    ramp = _ramp(evaluator, buckets, hashed)
    if ramp is not None:
        return ramp
    entries: list[tuple[Cases, int]] = []
    for bucket in buckets:
        if not isinstance(bucket, list):
            inner = evaluator.plain(bucket)
            if any(not isinstance(one, Constant) or isinstance(one.value, list) for _, one in inner):
                raise NotCarriedError("dynamic-buckets", "a bucket of `fractional` is computed")
            return _NULL
        if not 1 <= len(bucket) <= 2:
            return _NULL
        weight = _weight(evaluator, bucket[1]) if len(bucket) == 2 else 1
        shown = evaluator.cases(bucket[0])
        if weight is None or any(_is_no_variant(symbol) for _, symbol in shown):
            return _NULL
        entries.append((shown, weight))
    if not entries or not 0 < sum(weight for _, weight in entries) <= _LARGEST_WEIGHT:
        return _NULL
    found = hashed()
    return found.cases(entries)


def _ramp(evaluator: Evaluator, buckets: list[object], hashed: Callable[[], _Hashed]) -> Cases | None:
    """[[on, now - starts], [off, ends - now]]: the first grows from nothing to everybody. None for anything else."""
    if len(buckets) != 2 or not all(isinstance(one, list) and len(one) == 2 for one in buckets):
        return None
    weights = [evaluator.plain(one[1]) for one in buckets if isinstance(one, list) and isinstance(one[1], dict)]
    match [cases[0][1] for cases in weights if len(cases) == 1]:
        case [Clock(1, since), Clock(-1, until)] if 0 < until + since <= _LARGEST_WEIGHT:
            pass
        case _:
            return None
    found = hashed()
    if found.unit is None or found.bucketing != FLAGD or min(-since, until) < 0:
        raise NotCarriedError(
            "dynamic-weights", "weights of `fractional` that change with time, in a way that has no equal"
        )
    times = tuple(datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in (-since, until))
    rising = Within(found.unit, found.bucketing, found.before, found.after, 0.0, 1.0, (times[0], times[1]))
    there = Within(found.unit, found.bucketing, found.before, found.after, 0.0, 1.0)
    first, second = (evaluator.plain(one[0]) for one in buckets if isinstance(one, list))
    cases = [(conj((rising, inner)), symbol) for inner, symbol in first]
    return trimmed([*cases, *((conj((there, inner)), symbol) for inner, symbol in second), *_NULL])


def _weight(evaluator: Evaluator, expression: object) -> int | None:
    cases = evaluator.plain(expression)
    symbol = cases[0][1]
    if len(cases) > 1 or not isinstance(symbol, Constant):
        raise NotCarriedError("dynamic-weights", "a weight of `fractional` depends on the request")
    value = symbol.value
    if not is_number(value) or value != int(str(value).partition(".")[0] or 0):
        return None
    return max(0, int(str(value).partition(".")[0]))


def _is_no_variant(symbol: Symbol) -> bool:
    if isinstance(symbol, Constant):
        return isinstance(symbol.value, list | dict)
    if isinstance(symbol, Several):
        return True
    if isinstance(symbol, Bucketed):
        return False
    raise NotCarriedError("dynamic-buckets", "a variant of `fractional` is an attribute")


def _ranges(weights: list[int], bucketing: str) -> list[tuple[float, float]]:
    """Half-open ranges of places: current (hash * total) >> 32, legacy the sums of percentages."""
    total, running, found = sum(weights), 0, []
    if bucketing == FLAGD:
        for weight in weights:
            low, running = running, running + weight
            found.append((-(-low * 2**32 // total) / 2**32, -(-running * 2**32 // total) / 2**32))
        return found
    end = 0.0
    for weight in weights:
        start, end = end, end + 100 * weight / total
        found.append((start, end))
    return found


def _text_test(evaluator: Evaluator, given: list[object], operator: str) -> Cases:
    if len(given) != 2:
        return _NULL

    def join(row: Sequence[Symbol]) -> Cases:
        left, right = row
        if isinstance(right, Constant) and not isinstance(right.value, str):
            return _NULL
        if isinstance(left, Constant) and not isinstance(left.value, str):
            return _NULL
        if not isinstance(right, Constant):
            raise NotCarriedError("two-attributes", f"the second argument of `{operator}` is an attribute")
        if isinstance(left, Constant):
            test = Known(evaluator.draft.semantics, left.value).test("text", None, operator, right.value)
            return [(test, Constant(True)), (TRUE, Constant(False))]
        if not isinstance(left, Reference):
            raise NotCarriedError("computed-value", f"`{operator}` tests a computed value")
        value = Attribute(evaluator.draft, left.path)
        is_text = value.test("text", None, "starts_with", "")
        test = value.test("text", None, operator, right.value)
        return [(test, Constant(True)), (is_text, Constant(False)), (TRUE, Constant(None))]

    return product([evaluator.plain(item) for item in given], join)


_VERSION_TESTS = {"=": "is", "!=": "is_not", "<": "less", "<=": "at_most", ">": "more", ">=": "at_least"}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _sem_ver(evaluator: Evaluator, given: list[object]) -> Cases:
    if len(given) != 3:
        return _NULL

    def join(row: Sequence[Symbol]) -> Cases:
        left, operator, right = row
        if not isinstance(operator, Constant):
            raise NotCarriedError("computed-value", "the operator of `sem_ver` is an attribute")
        name = str(operator.value)
        if not isinstance(right, Constant):
            left, right, name = right, left, _FLIPPED.get(name, name)
        if not isinstance(right, Constant):
            raise NotCarriedError("two-attributes", "`sem_ver` compares two attributes")
        version = _version(evaluator, right.value)
        if version is None or (name not in _VERSION_TESTS and name not in ("^", "~")):
            return _NULL
        if isinstance(left, Constant):
            value: Attribute | Known = Known(evaluator.draft.semantics, left.value)
        elif isinstance(left, Reference):
            value = Attribute(evaluator.draft, left.path)
        else:
            raise NotCarriedError("computed-value", "`sem_ver` compares a computed value")
        is_version = value.test("version", "lenient-version", "at_least", "0.0.0-0")
        test = _version_test(value, name, version)
        return trimmed([(test, Constant(True)), (is_version, Constant(False)), (TRUE, Constant(None))])

    return product([evaluator.plain(item) for item in given], join)


def _version_test(value: Attribute | Known, name: str, version: str) -> Formula:
    reading = "lenient-version"
    if name in _VERSION_TESTS:
        return value.test("version", reading, _VERSION_TESTS[name], version)
    major, minor, *_ = (int(part) for part in version.partition("-")[0].partition("+")[0].split("."))
    low, high = (
        (f"{major}.0.0-0", f"{major + 1}.0.0-0")
        if name == "^"
        else (
            f"{major}.{minor}.0-0",
            f"{major}.{minor + 1}.0-0",
        )
    )
    return conj((value.test("version", reading, "at_least", low), value.test("version", reading, "less", high)))


def _version(evaluator: Evaluator, raw: object) -> str | None:
    """A constant as a strict version; None when it is none."""
    if raw is None or evaluator.draft.semantics.read("version", "lenient-version", raw) is None:
        return None
    text = str(evaluator.draft.semantics.read("text", "text", raw)).strip()
    text = text.lstrip("vV") if text[:1] in ("v", "V") else text
    return text + ".0" * (2 - text.count(".")) if text.replace(".", "").isdecimal() else text
