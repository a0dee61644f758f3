"""A naive interpreter of programs: every node in order, nothing put off. The oracle of the targets' tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import assert_never

from decision_engine.exponential import logistic
from decision_engine.ir.arithmetic import apply, compare
from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Binary,
    Bucket,
    Choose,
    Code,
    Compare,
    Constant,
    Input,
    Logistic,
    Missing,
    Node,
    NoneOf,
    OneOf,
    Present,
    Program,
    Ranking,
    Score,
    Select,
    Truth,
)
from decision_engine.trees import raw_scores


def interpret(program: Program, vector: Sequence[float]) -> list[int]:
    """The codes for one vector: a leaf for each decision, then count and candidates (padded with 0) of each ranking."""
    values: list[float] = []
    for node in program.nodes:
        values.append(_value(program, node, values, vector))
    codes = [int(values[decision.outcome]) for decision in program.decisions]
    for decision, leaf in zip(program.decisions, codes[:], strict=True):
        for ranking in decision.rankings:
            best = _rank(ranking, values) if ranking.leaf == leaf else []
            codes += [len(best), *best, *[0] * (ranking.top - len(best))]
    return codes


def _rank(ranking: Ranking, values: Sequence[float]) -> list[int]:
    left = [index for index, candidate in enumerate(ranking.candidates) if values[candidate.eligible]]
    best: list[int] = []
    while left and len(best) < ranking.top:
        winner = left[0]
        for index in left[1:]:
            score, highest = values[ranking.candidates[index].score], values[ranking.candidates[winner].score]
            if score > highest or (math.isnan(highest) and not math.isnan(score)):
                winner = index
        left.remove(winner)
        best.append(winner)
    return best


def _value(program: Program, node: Node, values: Sequence[float], vector: Sequence[float]) -> float:
    """The node's value; a bool is a float's kin too."""
    match node:
        case Constant(value) | Truth(value) | Code(value):
            return value
        case Input(index):
            return vector[index]
        case Bucket(a, b, salt):
            return _bucket(values[a], values[b], salt)
        case Score(forest, inputs, output):
            return raw_scores(program.forests[forest], [values[ref] for ref in inputs])[output]
        case Binary(op, left, right):
            return apply(op, values[left], values[right])
        case Select(condition, then, otherwise):
            return values[then] if values[condition] else values[otherwise]
        case Logistic(x):
            return logistic(values[x])
        case Compare(op, left, right):
            return compare(op, values[left], values[right])
        case OneOf(x, members):
            return any(values[x] == member for member in members)
        case NoneOf(x, members):
            return not math.isnan(values[x]) and all(values[x] != member for member in members)
        case Missing(x):
            return math.isnan(values[x])
        case Present(x):
            return not math.isnan(values[x])
        case AllOf(items):
            return all(values[item] for item in items)
        case AnyOf(items):
            return any(values[item] for item in items)
        case Choose(arms, otherwise):
            return values[next((code for condition, code in arms if values[condition]), otherwise)]
        case _:
            assert_never(node)


def _bucket(a: float, b: float, salt: int) -> float:
    if math.isnan(a) or math.isnan(b):
        return math.nan
    return float(_fmix32(int(a) ^ _fmix32((int(b) + salt) % 2**32)))


def _fmix32(h: int) -> int:
    h ^= h >> 16
    h = h * 0x85EBCA6B % 2**32
    h ^= h >> 13
    h = h * 0xC2B2AE35 % 2**32
    return h ^ (h >> 16)
