"""Conditions and scores in words, for explanations."""

from __future__ import annotations

from typing import assert_never

from feature_registry.conditions import (
    DAYS,
    All,
    Any,
    CohortRef,
    Condition,
    FeatureTest,
    ModelComparison,
    ModelTest,
    Not,
    Schedule,
    Share,
)


def describe(condition: Condition) -> str:
    """One line of words; of a connective only its head, since its items are described on their own."""
    match condition:
        case All():
            return "all of"
        case Any():
            return "any of"
        case Not():
            return "not"
        case CohortRef(name):
            return f"cohort {name}"
        case FeatureTest():
            settled = "" if condition.if_missing is None else f" (if missing: {str(condition.if_missing).lower()})"
            return f"{condition.feature} {condition.operator} {_argument(condition.argument)}{settled}"
        case ModelTest():
            return f"model {condition.model} {_model_test(condition)}"
        case Share(fraction, unit, named=named):
            if named is None:
                return f"{fraction:.4g} of {unit}"
            if named.ramp is not None:
                return f"{unit} within a share by {named.seed.bucketing} that grows with time"
            return f"{unit} from {named.low:.6g} to {named.high:.6g} by {named.seed.bucketing}"
        case Schedule():
            return _schedule(condition)
        case _:
            assert_never(condition)


def _model_test(test: ModelTest) -> str:
    of_class = "" if test.class_name is None else f"class {test.class_name} "
    match test.op:
        case ModelComparison.AT_LEAST:
            return f"{of_class}at_least {test.low}"
        case ModelComparison.BELOW:
            return f"{of_class}below {test.high}"
        case ModelComparison.BETWEEN:
            return f"{of_class}between {test.low} and {test.high}"
        case ModelComparison.IS:
            return f"is {test.class_name}"
        case _:
            assert_never(test.op)


def _schedule(schedule: Schedule) -> str:
    parts = [f"time in {schedule.zone}"]
    if schedule.days:
        parts.append("on " + ", ".join(DAYS[day] for day in schedule.days))
    if (schedule.opens, schedule.closes) != (0, 1440):
        parts.append(f"from {_clock(schedule.opens)} to {_clock(schedule.closes)}")
    if schedule.starts is not None:
        parts.append(f"starting {schedule.starts:%Y-%m-%dT%H:%M}")
    if schedule.ends is not None:
        parts.append(f"ending {schedule.ends:%Y-%m-%dT%H:%M}")
    return " ".join(parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _argument(argument: object) -> str:
    if isinstance(argument, tuple):
        return "[" + ", ".join(map(_argument, argument)) + "]"
    if isinstance(argument, bool):
        return str(argument).lower()
    return f"{argument:.15g}" if isinstance(argument, float) else str(argument)
