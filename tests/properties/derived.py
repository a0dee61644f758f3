"""Random derived features: numbers, bools and bands of the features of a registry that is being drawn."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.conformance.cases import Json
from tests.properties.conditions import Feature, Scope, condition
from tests.properties.pools import DOMAINS, PURPOSES

_BANDS = ["low", "mid", "high"]


def derived_features(draw: DrawFn, features: list[Feature]) -> list[Feature]:
    """A number, a bool, a category, and a number that may be made of these."""
    found = [*features]
    for name, kind in (("d_number", "number"), ("d_bool", "bool"), ("d_band", "category"), ("d_again", "number")):
        found.append(_derived(draw, name, kind, found))
    return found[len(features) :]


def _derived(draw: DrawFn, name: str, kind: str, features: list[Feature]) -> Feature:
    document: dict[str, Json] = {"type": kind, "purposes": PURPOSES if draw(st.booleans()) else []}
    readable = [one for one in features if set(one.document.get("purposes", ())) <= set(document["purposes"])]
    if not readable:
        document["purposes"], readable = PURPOSES, features
    scope = Scope(readable, {}, of_feature=True)
    values: list[Json] = [True, False]
    match kind:
        case "number":
            document["derive"] = _expression(draw, scope, 3)
            values = DOMAINS["number"]
            if draw(st.booleans()):
                document["range"] = [-100, 100]
                values = [value for value in values if -100 <= value <= 100]
        case "bool":
            document["derive"] = condition(draw, scope, 2)
        case _:
            limits = draw(st.sampled_from([[0, 1], [-0.5, 40], [1e-9, 17]]))
            document["derive"] = {"band": _expression(draw, scope, 2), "limits": limits}
            values = document["values"] = _BANDS
    if draw(st.integers(0, 2)) == 2:
        document["default"] = draw(st.sampled_from(values))
    return Feature(name, kind, document, values)


def _expression(draw: DrawFn, scope: Scope, depth: int) -> Json:
    times = scope.names("timestamp")
    numbers = scope.names("number", "bool")
    kinds = (
        ["number"]
        + ["feature"] * 2 * bool(numbers)
        + ["days"] * bool(times)
        + ["function", "many", "pair"] * bool(depth)
    )
    match draw(st.sampled_from(kinds)):
        case "number":
            return draw(st.sampled_from([0, -1.5, 0.1, 3, 1e-300, 9007199254740991]))
        case "feature":
            return {"feature": draw(st.sampled_from(numbers))}
        case "days":
            return {"days_since": draw(st.sampled_from(times))}
        case "function":
            function = draw(st.sampled_from(["abs", "floor", "ceil", "round"]))
            return {function: _expression(draw, scope, depth - 1)}
        case "pair":
            operation = draw(st.sampled_from(["subtract", "divide", "divide"]))
            return {operation: [_expression(draw, scope, depth - 1) for _ in range(2)]}
        case _:
            operation = draw(st.sampled_from(["add", "multiply", "min", "max"]))
            return {operation: [_expression(draw, scope, depth - 1) for _ in range(draw(st.integers(1, 3)))]}
