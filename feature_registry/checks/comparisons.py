"""Comparisons with features: operators of the right type, arguments that the feature can have."""

from __future__ import annotations

from collections.abc import Iterator

from feature_registry.checks.draft import Draft, Spot
from feature_registry.conditions import FeatureTest
from feature_registry.diagnostics import Diagnostic
from feature_registry.documents import Feature
from feature_registry.findings import described, number_text
from feature_registry.json_reader import pointer_to
from feature_registry.nearest import did_you_mean, listed
from feature_registry.operators import ArgumentKind, OperatorSignature
from feature_registry.values import BadValueError, FeatureType, Value, read_timestamp, read_value, version_order

_VALUE_KINDS = (ArgumentKind.VALUE, ArgumentKind.VALUES, ArgumentKind.RANGE)


def comparison_types(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for operators that do not apply to a feature's type, and for arguments of another type."""
    for spot, test, feature, signature in _tests(draft):
        if feature.type not in signature.types:
            message = f"`{test.operator}` does not apply to `{test.feature}`, which is of type {feature.type}"
            fitting = [one.name for one in draft.operators.values() if feature.type in one.types]
            help_line = f"operators for {feature.type}: {listed(fitting)}"
            at = Spot(spot.kind, spot.name, test.argument_at)
            yield draft.error("wrong-operator", at, message, help_line, key=True)
        else:
            yield from _argument_types(draft, spot, test, feature, signature)


def arguments_in_range(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for arguments that are no value of a closed list, or lie outside the feature's range."""
    for spot, test, feature, signature in _tests(draft):
        if feature.type not in signature.types:
            continue
        for at, value in _values(spot, test, feature.type, signature):
            if feature.values is not None and isinstance(value, str) and value not in feature.values:
                message = f"expected a value of `{test.feature}`, found {described(value)}"
                help_line = did_you_mean(value, feature.values) or f"its values are {listed(feature.values)}"
                yield draft.error("unknown-value", at, message, help_line)
            if feature.bounds is not None and isinstance(value, int | float) and _is_outside(value, feature.bounds):
                yield _out_of_range(draft, at, test, feature, value)


def hidden_missing(draft: Draft) -> Iterator[Diagnostic]:
    """Warnings for tests of missing on features whose default hides it."""
    for spot, test, feature, signature in _tests(draft):
        if feature.default is not None and not signature.allows_if_missing:
            message = f"`{test.feature}` has a default, so that it is missing only where consent denies it"
            help_line = "take the default out to see a value that is absent, stale or refused"
            yield draft.warning(
                "default-hides-missing", Spot(spot.kind, spot.name, test.argument_at), message, help_line
            )


def feature_values(draft: Draft) -> Iterator[Diagnostic]:
    """Errors for defaults that are no value of the feature."""
    for name, feature in draft.registry.features.items():
        spot = Spot("features", name, "/default")
        default = feature.default
        given = (default,) if isinstance(default, str) else default if isinstance(default, tuple) else ()
        for index, value in enumerate(given):
            if feature.values is not None and value not in feature.values:
                at = spot if isinstance(default, str) else Spot("features", name, f"/default/{index}")
                message = f"expected a value of `{name}`, found {described(value)}"
                help_line = did_you_mean(value, feature.values) or f"its values are {listed(feature.values)}"
                yield draft.error("unknown-value", at, message, help_line)
        if feature.bounds is not None and isinstance(default, int | float) and _is_outside(default, feature.bounds):
            found = _described(feature, default)
            yield draft.error("out-of-range", spot, f"expected a default within the feature's range, found {found}")


def _tests(draft: Draft) -> Iterator[tuple[Spot, FeatureTest, Feature, OperatorSignature]]:
    """Every test of a known feature."""
    for spot, condition in draft.conditions:
        if isinstance(condition, FeatureTest):
            feature = draft.registry.features.get(condition.feature)
            if feature is not None:
                yield spot, condition, feature, draft.operators[condition.operator]


def _argument_types(
    draft: Draft, spot: Spot, test: FeatureTest, feature: Feature, signature: OperatorSignature
) -> Iterator[Diagnostic]:
    if signature.argument not in _VALUE_KINDS:
        return  # of a type of their own, which the reader has checked
    values: list[Value] = []
    for at, item in _items(spot, test):
        try:
            values.append(read_value(feature.type, item))
        except BadValueError as problem:
            wanted = f"{problem.expected}, since `{test.feature}` is of type {feature.type}"
            message = f"expected {wanted}, found {described(item)}"
            yield draft.error(problem.code, at, message, problem.help)
    if signature.argument is ArgumentKind.RANGE and len(values) == 2 and _descends(feature.type, *values):
        message = "expected [low, high] with low <= high, found them the other way round"
        yield draft.error("empty-range", Spot(spot.kind, spot.name, test.argument_at), message, "swap the two")


def _items(spot: Spot, test: FeatureTest) -> Iterator[tuple[Spot, object]]:
    if isinstance(test.argument, tuple):
        for index, item in enumerate(test.argument):
            yield Spot(spot.kind, spot.name, test.argument_at + pointer_to(index)), item
    else:
        yield Spot(spot.kind, spot.name, test.argument_at), test.argument


def _values(
    spot: Spot, test: FeatureTest, kind: FeatureType, signature: OperatorSignature
) -> Iterator[tuple[Spot, Value]]:
    """The arguments that are values of the feature."""
    for at, item in _items(spot, test):
        if signature.argument in _VALUE_KINDS:
            try:
                yield at, read_value(kind, item)
            except BadValueError:
                continue  # an error of its own
        elif signature.argument is ArgumentKind.TIME:
            yield at, read_timestamp(item)
        elif signature.argument is ArgumentKind.TAGS and isinstance(item, str):
            yield at, item


def _descends(kind: FeatureType, low: Value, high: Value) -> bool:
    if isinstance(low, str) and isinstance(high, str):
        if kind is FeatureType.VERSION:
            return version_order(low) > version_order(high)
        return low.encode("utf-16-be") > high.encode("utf-16-be")
    return isinstance(low, int | float) and isinstance(high, int | float) and low > high


def _is_outside(value: float, bounds: tuple[float, float]) -> bool:
    return not bounds[0] <= value <= bounds[1]


def _out_of_range(draft: Draft, at: Spot, test: FeatureTest, feature: Feature, value: Value) -> Diagnostic:
    wanted = "a time within the range"
    if feature.bounds is not None and feature.type is FeatureType.NUMBER:
        wanted = f"a number from {number_text(feature.bounds[0])} to {number_text(feature.bounds[1])}, the range"
    message = f"expected {wanted} of `{test.feature}`, found {_described(feature, value)}"
    return draft.error(
        "out-of-range", at, message, "a value outside the range counts as missing: this compares with none"
    )


def _described(feature: Feature, value: Value) -> str:
    return "one outside of it" if feature.type is FeatureType.TIMESTAMP else described(value)
