"""The same flags for everyone: each evaluator decides as Edgewise does, and ours as the flags say."""

import json
from pathlib import Path

import pytest

from infra.bench.rules.flags import (
    OFF,
    AtLeast,
    Below,
    Cohort,
    FlagSet,
    IsOn,
    OneOf,
    Test,
    Visitor,
    make_flags,
    make_visitors,
)
from infra.bench.rules.material import JAVASCRIPT, MODULES, SHARED_BUCKETS, WASM, answers, outcomes, write_material

VISITORS = 60
FLAGS, COHORTS = 12, 8

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The material without and with rollouts of a part."""
    found = {}
    for is_split in (False, True):
        found[is_split] = tmp_path_factory.mktemp("flags")
        write_material(found[is_split], make_flags(FLAGS, COHORTS, is_split=is_split), make_visitors(VISITORS))
    return found


@pytest.mark.parametrize("name", MODULES)
def test_evaluators_agree_on_conditions(name: str, folders: dict[bool, Path]) -> None:
    assert outcomes(name, folders[False], VISITORS) == outcomes(WASM, folders[False], VISITORS)


@pytest.mark.parametrize("name", sorted(SHARED_BUCKETS - {WASM}))
def test_evaluators_with_our_buckets_agree_on_rollouts(name: str, folders: dict[bool, Path]) -> None:
    assert outcomes(name, folders[True], VISITORS) == outcomes(WASM, folders[True], VISITORS)


def test_outcomes_are_what_the_flags_say(folders: dict[bool, Path]) -> None:
    flags, visitors = make_flags(FLAGS, COHORTS, is_split=False), make_visitors(VISITORS)
    expected = [_outcomes(flags, visitor) for visitor in visitors]
    assert outcomes(WASM, folders[False], VISITORS) == expected
    assert {outcome for row in expected for outcome in row} == {"on", "beta", OFF}


@pytest.mark.parametrize("name", MODULES)
def test_answers_carry_the_outcomes(name: str, folders: dict[bool, Path]) -> None:
    contents = [json.loads(text) for text in answers(name, folders[True], 5)]
    is_ours = name in (WASM, JAVASCRIPT)
    found = [
        [decision["outcome"] for decision in one["decisions"].values()] if is_ours else list(one.values())
        for one in contents
    ]
    assert found == outcomes(name, folders[True], 5)


@pytest.mark.parametrize("name", MODULES)
def test_rollouts_take_a_part_of_their_cohort(name: str, folders: dict[bool, Path]) -> None:
    whole, part = (outcomes(name, folders[is_split], VISITORS) for is_split in (False, True))
    assert 0 < sum(row.count("on") for row in part) < sum(row.count("on") for row in whole)


def test_the_same_seed_makes_the_same_flags() -> None:
    assert make_flags() == make_flags()
    assert make_flags() != make_flags(seed=8)
    assert make_visitors(5) == make_visitors(9)[:5]


def _outcomes(flags: FlagSet, visitor: Visitor) -> list[str]:
    """The meaning of flags whose rollouts have all of their cohort."""
    return [
        "on" if _holds(flag.rollout, visitor) else "beta" if _holds(flag.others, visitor) else OFF
        for flag in flags.flags
    ]


def _holds(cohort: Cohort, visitor: Visitor) -> bool:
    results = [_test(test, visitor) for test in cohort.tests]
    return any(results) if cohort.is_any else all(results)


def _test(test: Test, visitor: Visitor) -> bool:
    value = visitor[test.feature]
    match test:
        case AtLeast(_, bound):
            return isinstance(value, int) and value >= bound
        case Below(_, bound):
            return isinstance(value, int) and value < bound
        case OneOf(_, values):
            return value in values
        case IsOn(_, position):
            return value is position
