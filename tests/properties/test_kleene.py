"""Kleene's logic by brute force: every small tree of conditions over three leaves that are true, false or missing."""

import json
from collections.abc import Iterator
from itertools import product
from typing import TypeAlias

import pytest

from tests.conformance.cases import Json
from tests.properties.engines import Engines, decide
from tests.properties.pools import NOW

LEAVES = ("a", "b", "c")
Truth: TypeAlias = bool | None
VALUES: tuple[Truth, ...] = (True, False, None)
CHUNK = 400


def conditions() -> Iterator[Json]:
    """`op(l, op(m, n))` and `op(l, m, n)`, `not` or none at every node, and every way to settle a missing leaf."""
    for settled in product(VALUES, repeat=3):
        leaves = [leaf(name, missing) for name, missing in zip(LEAVES, settled, strict=True)]
        for first, second, signs in product(("all", "any"), ("all", "any"), product((False, True), repeat=5)):
            if settled != (None, None, None) and (first == second or signs[0]):
                continue  # the settled leaves need not be tried in every tree
            a, b, c = (negated(one, sign) for one, sign in zip(leaves, signs, strict=False))
            yield negated({first: [a, negated({second: [b, c]}, signs[3])]}, signs[4])
            if first == second and not signs[3]:
                yield negated({first: [a, b, c]}, signs[4])


def leaf(name: str, missing: Truth) -> Json:
    found = {"feature": name, "is": True}
    return found if missing is None else {**found, "if_missing": missing}


def negated(condition: Json, sign: bool) -> Json:
    return {"not": condition} if sign else condition


def truth(condition: Json, values: dict[str, Truth]) -> Truth:
    """The oracle: Kleene's tables, by the definition."""
    if "not" in condition:
        inner = truth(condition["not"], values)
        return None if inner is None else not inner
    for connective, deciding in (("all", False), ("any", True)):
        if connective in condition:
            inner_truths = [truth(item, values) for item in condition[connective]]
            if deciding in inner_truths:
                return deciding
            return None if None in inner_truths else not deciding
    value = values[condition["feature"]]
    return condition.get("if_missing") if value is None else value


def registry_of(tried: list[Json]) -> Json:
    decisions = {
        f"d{number}": {"rules": [{"if": condition, "show": "yes"}], "otherwise": "no"}
        for number, condition in enumerate(tried)
    }
    features = {name: {"type": "bool", "from": f"session.{name}"} for name in LEAVES}
    return {"features": features, "decisions": decisions, "payloads": {"yes": {"value": 1}, "no": {"value": 0}}}


def expected_outcomes(tried: list[Json], values: dict[str, Truth]) -> list[str]:
    return ["yes" if truth(condition, values) is True else "no" for condition in tried]


@pytest.mark.node
def test_a_condition_holds_exactly_when_it_is_true_in_kleenes_logic(engines: Engines) -> None:
    every = list(conditions())
    assert len(every) > 900
    settings = [dict(zip(LEAVES, values, strict=True)) for values in product(VALUES, repeat=3)]
    batch = [({"session": values}, NOW) for values in settings]
    for start in range(0, len(every), CHUNK):
        tried = every[start : start + CHUNK]
        registry = registry_of(tried)
        answers = {"reference": decide(registry, batch)}
        for passes in (False, True):
            answers |= {
                f"{name}, passes {passes}": texts
                for name, texts in engines.answers(registry, batch, passes=passes).items()
            }
        for engine, texts in answers.items():
            for values, text in zip(settings, texts, strict=True):
                outcomes = [decision["outcome"] for decision in json.loads(text)["decisions"].values()]
                wanted = expected_outcomes(tried, values)
                wrong = [one for one, found, want in zip(tried, outcomes, wanted, strict=True) if found != want]
                assert not wrong, f"{engine} with {values}: {wrong[0]}"
