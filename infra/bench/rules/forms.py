"""The same flags as each evaluator wants them: an Edgewise registry, GrowthBook features, flagd flags, JSONLogic."""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

from decision_engine.bucketing import bound, salt_word
from infra.bench.rules.flags import (
    CATEGORIES,
    NUMBERS,
    OFF,
    SWITCHES,
    AtLeast,
    Below,
    Cohort,
    Flag,
    FlagSet,
    IsOn,
    OneOf,
    Test,
    Visitor,
)

Json: TypeAlias = Any
"""A document of another project, whose shape its own validation holds."""

UNIT = "visitor_id"


def registry_of(flags: FlagSet) -> Json:
    """The registry: a decision for each flag, a share for each rollout."""
    features: Json = {name: {"type": "number", "from": f"session.{name}"} for name in NUMBERS}
    features |= {
        name: {"type": "category", "from": f"session.{name}", "values": list(values)}
        for name, values in CATEGORIES.items()
    }
    features |= {name: {"type": "bool", "from": f"session.{name}"} for name in SWITCHES}
    return {
        "features": features,
        "cohorts": {cohort.name: _registry_cohort(cohort) for cohort in flags.cohorts},
        "payloads": {name: {"value": name} for name in ("on", "beta", OFF)},
        "decisions": {flag.name: _decision(flag) for flag in flags.flags},
    }


def request_of(visitor: Visitor) -> Json:
    """The visitor as a request to Edgewise."""
    session = {name: value for name, value in visitor.items() if name != UNIT}
    return {"units": {UNIT: visitor[UNIT]}, "session": session}


def growthbook_of(flags: FlagSet) -> Json:
    """GrowthBook's features: a forced value with a condition, the first with `coverage`, as its console writes them."""
    return {
        flag.name: {
            "defaultValue": OFF,
            "rules": [
                {
                    "condition": _mongo_cohort(flag.rollout),
                    "force": "on",
                    "coverage": flag.percent / 100,
                    "hashAttribute": "id",
                },
                {"condition": _mongo_cohort(flag.others), "force": "beta"},
            ],
        }
        for flag in flags.flags
    }


def attributes_of(visitor: Visitor) -> Json:
    """The visitor as GrowthBook's attributes."""
    return {("id" if name == UNIT else name): value for name, value in visitor.items()}


def flagd_of(flags: FlagSet) -> Json:
    """flagd's configuration: cohorts as `$evaluators`, rollouts as `fractional` of flag and targeting key."""
    return {
        "$evaluators": {cohort.name: _logic_cohort(cohort) for cohort in flags.cohorts},
        "flags": {
            flag.name: {
                "state": "ENABLED",
                "variants": {"on": "on", "beta": "beta", OFF: OFF},
                "defaultVariant": OFF,
                "targeting": {
                    "if": [
                        {"and": [{"$ref": flag.rollout.name}, _fractional(flag)]},
                        "on",
                        {"$ref": flag.others.name},
                        "beta",
                        OFF,
                    ]
                },
            }
            for flag in flags.flags
        },
    }


def context_of(visitor: Visitor) -> Json:
    """The visitor as OpenFeature's evaluation context."""
    return {("targetingKey" if name == UNIT else name): value for name, value in visitor.items()}


def json_logic_of(flags: FlagSet) -> Json:
    """JSONLogic rules by flag. JSONLogic has no rollouts: `share` is an operation of ours, with our buckets.

    Its arguments are the salt and the bound of the share, so the results are exactly Edgewise's.
    """
    return {
        flag.name: {
            "if": [
                {"and": [_logic_cohort(flag.rollout), {"share": list(_share(flag))}]},
                "on",
                _logic_cohort(flag.others),
                "beta",
                OFF,
            ]
        }
        for flag in flags.flags
    }


def _decision(flag: Flag) -> Json:
    share = {"share": flag.percent / 100, "of": UNIT, "salt": flag.name}
    return {
        "rules": [
            {"if": {"all": [{"cohort": flag.rollout.name}, share]}, "show": "on"},
            {"if": {"cohort": flag.others.name}, "show": "beta"},
        ],
        "otherwise": OFF,
    }


def _registry_cohort(cohort: Cohort) -> Json:
    return {"any" if cohort.is_any else "all": [_registry_test(test) for test in cohort.tests]}


def _registry_test(test: Test) -> Json:
    match test:
        case AtLeast(feature, bound_):
            return {"feature": feature, "at_least": bound_}
        case Below(feature, bound_):
            return {"feature": feature, "less": bound_}
        case OneOf(feature, values):
            return {"feature": feature, "in": list(values)}
        case IsOn(feature, position):
            return {"feature": feature, "is": position}
    assert_never(test)


def _mongo_cohort(cohort: Cohort) -> Json:
    tests = [_mongo_test(test) for test in cohort.tests]
    if cohort.is_any:
        return {"$or": tests}
    return {feature: condition for test in tests for feature, condition in test.items()}


def _mongo_test(test: Test) -> Json:
    match test:
        case AtLeast(feature, bound_):
            return {feature: {"$gte": bound_}}
        case Below(feature, bound_):
            return {feature: {"$lt": bound_}}
        case OneOf(feature, values):
            return {feature: {"$in": list(values)}}
        case IsOn(feature, position):
            return {feature: position}
    assert_never(test)


def _logic_cohort(cohort: Cohort) -> Json:
    return {"or" if cohort.is_any else "and": [_logic_test(test) for test in cohort.tests]}


def _logic_test(test: Test) -> Json:
    match test:
        case AtLeast(feature, bound_):
            return {">=": [{"var": feature}, bound_]}
        case Below(feature, bound_):
            return {"<": [{"var": feature}, bound_]}
        case OneOf(feature, values):
            return {"in": [{"var": feature}, list(values)]}
        case IsOn(feature, position):
            return {"===": [{"var": feature}, position]}
    assert_never(test)


def _fractional(flag: Flag) -> Json:
    return {"==": [{"fractional": [["in", flag.percent], ["out", 100 - flag.percent]]}, "in"]}


def _share(flag: Flag) -> tuple[int, int]:
    return salt_word(f"share:{flag.name}"), bound(flag.percent / 100)
