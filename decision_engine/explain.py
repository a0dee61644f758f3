"""Explanations: why a request got its outcomes, as text for people and as JSON, made of the reference's traces."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from decision_engine.compact_json import Json
from decision_engine.hosts.python.versions import Precedence
from decision_engine.reference import CandidateTrace, DecisionTrace, Evaluated, RuleTrace, Served, Trace, UnsureTrace

_TRUTHS = {True: "true", False: "false", None: "unknown"}
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))


def explain_text(evaluated: Evaluated) -> str:
    """Lines for people: each decision with its rules and their conditions, then the features as they were served."""
    lines = []
    for trace in evaluated.traces:
        lines += [*_decision(trace, evaluated.answer["decisions"][trace.decision]), ""]
    return "\n".join([*lines, *_features(evaluated.features)]) + "\n"


def explain_json(evaluated: Evaluated) -> dict[str, Any]:
    """`{"decisions": {NAME: {"rules", "candidates"}}, "features": {NAME: FEATURE}}`.

    A feature has `value`, `status`, `age` (ms), `layer` (context or identity), and `reads`, the features that a derived
    one is made of.

    Every condition has `condition` (its words), `truth` ("true", "false" or "unknown"), the `value` it saw with its
    `status` and `age` (ms), and `items`, the conditions inside it. Rules after the one that matched are there too.
    A rule's `unsure` is null, or says `within` how many ms it asks the cloud once it matches, whether it does (`asks`),
    and what that depends on (`tests`).
    """
    return {
        "decisions": {
            trace.decision: {
                "rules": [_rule_json(rule) for rule in trace.rules],
                "candidates": [_candidate_json(candidate) for candidate in trace.candidates],
            }
            for trace in evaluated.traces
        },
        "features": {
            name: {
                "value": plain_value(served.value),
                "status": str(served.status),
                "age": served.age,
                "layer": served.layer,
                "reads": list(served.inputs),
            }
            for name, served in evaluated.features.items()
        },
    }


def plain_value(value: object) -> Json:
    """A value of a feature as JSON has it: tags as a sorted list, a version as its text without build metadata."""
    match value:
        case frozenset():
            return sorted(value)
        case tuple():
            return _version_text(value)
        case _:
            return value


def duration_text(ms: int) -> str:
    """A duration by its two largest units: `3h 20m`."""
    parts = []
    for size, unit in _UNITS:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count}{unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0s"


def _rule_json(rule: RuleTrace) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "shows": rule.shows,
        "matched": rule.matched,
        "tests": [_trace_json(test) for test in rule.tests],
        "unsure": None if rule.unsure is None else _unsure_json(rule.unsure),
    }


def _unsure_json(unsure: UnsureTrace) -> dict[str, Any]:
    return {"within": unsure.within, "asks": unsure.asks, "tests": [_trace_json(test) for test in unsure.tests]}


def _candidate_json(candidate: CandidateTrace) -> dict[str, Any]:
    return {
        "payload": candidate.payload,
        "eligible": _is_eligible(candidate),
        "score": candidate.score,
        "if": None if candidate.eligible is None else _trace_json(candidate.eligible),
    }


def _trace_json(trace: Trace) -> dict[str, Any]:
    return {
        "condition": trace.condition,
        "truth": _TRUTHS[trace.truth],
        "value": plain_value(trace.value),
        "status": None if trace.status is None else str(trace.status),
        "age": trace.age,
        "items": [_trace_json(item) for item in trace.items],
    }


def _decision(trace: DecisionTrace, outcome: Mapping[str, Any]) -> Iterator[str]:
    where = "otherwise" if outcome["rule"] is None else f"rule {outcome['rule']}"
    if outcome["experiment"] is not None:
        where += f", experiment {outcome['experiment']}, variation {outcome['variation']}"
    yield f"{trace.decision} -> {outcome['outcome']}   ({outcome['reason']}, {where})"
    is_decided = False
    for rule in trace.rules:
        yield from _rule(rule, trace.candidates, is_decided)
        is_decided = is_decided or rule.matched
    yield "  otherwise" + ("   not reached" if is_decided else "   taken: no rule matched")


def _rule(rule: RuleTrace, candidates: tuple[CandidateTrace, ...], is_decided: bool) -> Iterator[str]:
    head = f"  rule {rule.rule}, {rule.shows}"
    if is_decided:
        yield f"{head}   not reached; it {'matches as well' if rule.matched else 'does not match either'}"
        return
    yield f"{head}   {_verdict(rule)}"
    for test in rule.tests:
        yield from _trace(test, 0)
    if rule.matched and rule.unsure is not None:
        yield from _unsure(rule.unsure)
    if rule.matched and candidates:
        yield from _candidates(candidates)


def _unsure(unsure: UnsureTrace) -> Iterator[str]:
    asks = f"unsure: asks the cloud within {unsure.within} ms" if unsure.asks else "sure: does not ask the cloud"
    yield f"    {asks}"
    for test in unsure.tests:
        yield from _trace(test, 1)


def _verdict(rule: RuleTrace) -> str:
    if rule.matched:
        return "matches" if rule.tests else "matches everyone"
    if any(test.truth is False for test in rule.tests):
        return "does not match"
    if any(test.truth is None for test in rule.tests):
        return "does not match: a value is missing, so its condition is unknown"
    return "does not match: no candidate is eligible"


def _trace(trace: Trace, depth: int) -> Iterator[str]:
    saw = _saw(trace)
    yield f"    {_TRUTHS[trace.truth]:<8} {'  ' * depth}{trace.condition}" + (f": {saw}" if saw else "")
    for item in trace.items:
        yield from _trace(item, depth + 1)


def _saw(trace: Trace) -> str:
    """What a condition saw, in words; nothing for a connective."""
    if trace.status is None:
        # Without a status an integer is a bucket of 2^32.
        return "" if trace.value is None else f"bucket {trace.value / 2**32:.4%}"
    status = str(trace.status)
    value = "" if trace.value is None else _shown(trace.value)
    age = "" if trace.age is None else f"{duration_text(trace.age)} old"
    if status == "margin":
        return f"margin {trace.value:.6g}"
    if status == "missing":
        return status
    return ", ".join(part for part in (value, "" if status == "present" else status, age) if part)


def _candidates(candidates: tuple[CandidateTrace, ...]) -> Iterator[str]:
    yield "    candidates, best first:"
    ordered = sorted(candidates, key=lambda one: (not _is_eligible(one), one.score is None, -(one.score or 0.0)))
    width = max(len(candidate.payload) for candidate in candidates)
    for candidate in ordered:
        score = "no score" if candidate.score is None else f"{candidate.score:.6g}"
        note = "" if _is_eligible(candidate) else "   not eligible"
        yield f"      {candidate.payload:<{width}}  {score}{note}"
        if note and candidate.eligible is not None:
            yield from _trace(candidate.eligible, 2)


def _is_eligible(candidate: CandidateTrace) -> bool:
    return candidate.eligible is None or candidate.eligible.truth is True


def _features(features: Mapping[str, Served]) -> Iterator[str]:
    if not features:
        return
    rows = [
        (
            name,
            "-" if served.value is None else _shown(served.value),
            str(served.status),
            "-" if served.age is None else duration_text(served.age),
            served.layer + (f", made of {', '.join(served.inputs)}" if served.inputs else ""),
        )
        for name, served in features.items()
    ]
    rows.insert(0, ("feature", "value", "status", "age", "layer"))
    widths = [min(40, max(len(row[column]) for row in rows)) for column in range(4)]
    for row in rows:
        yield "  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[4]])


def _shown(value: object) -> str:
    """A value on one line; control characters are escaped, whoever sent them."""
    plain = plain_value(value)
    if isinstance(plain, float):
        return f"{plain:.15g}"
    text = json.dumps(plain, ensure_ascii=False)
    text = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _version_text(version: Precedence) -> str:
    major, minor, patch, _, identifiers = version
    parts = [text or str(number) for _, number, text in identifiers]
    return f"{major}.{minor}.{patch}" + (f"-{'.'.join(parts)}" if parts else "")
