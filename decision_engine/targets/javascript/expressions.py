"""JavaScript expressions for the nodes of the IR: one case a node class, built on the text of its operands."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import assert_never

from decision_engine.ir.nodes import (
    AllOf,
    AnyOf,
    Arithmetic,
    Binary,
    Bucket,
    Choose,
    Code,
    Compare,
    Comparison,
    Constant,
    Input,
    Logistic,
    Missing,
    Node,
    NoneOf,
    OneOf,
    Present,
    Program,
    Ref,
    Score,
    Select,
    Truth,
)
from decision_engine.targets.analysis import Placement, Plan, cheap_first
from decision_engine.targets.javascript.text import (
    ADDITIVE,
    AND,
    CONDITIONAL,
    EQUALITY,
    MULTIPLICATIVE,
    OR,
    PRIMARY,
    RELATIONAL,
    UNARY,
    number,
)
from decision_engine.targets.text import Fragment, chain, comparison, left_to_right

FEW_VALUES = 4
"""A set of at most so many values is a row of comparisons; a larger one is a `Set`."""

_SIGNS = {
    Arithmetic.ADD: ("+", ADDITIVE),
    Arithmetic.SUBTRACT: ("-", ADDITIVE),
    Arithmetic.MULTIPLY: ("*", MULTIPLICATIVE),
    Arithmetic.DIVIDE: ("/", MULTIPLICATIVE),
}


def uses(node: Node) -> Iterable[Ref]:
    """The operands of `node`, each as often as the text below names it."""
    match node:
        case Constant() | Input() | Truth() | Code():
            return ()
        case Bucket(a, b):
            return (a, b)
        case Score(_, inputs):
            return inputs
        case Compare(Comparison.NOT_EQUAL, left, right):
            return (left, right) * 2
        case Binary(_, left, right) | Compare(_, left, right):
            return (left, right)
        case Select(condition, then, otherwise):
            return (condition, then, otherwise)
        case Logistic(x):
            return (x,)
        case OneOf(x, values):
            return (x,) * (len(values) if len(values) <= FEW_VALUES else 1)
        case NoneOf(x, values):
            return (x,) * (1 + (len(values) if len(values) <= FEW_VALUES else 1))
        case Missing(x) | Present(x):
            return (x, x)
        case AllOf(items) | AnyOf(items):
            return items
        case Choose(arms, otherwise):
            return (*(ref for arm in arms for ref in arm), otherwise)
        case _:
            assert_never(node)


class Expressions:
    """The expressions of one program. `sets` gathers the value sets met, by their values, numbered as they come."""

    def __init__(self, program: Program, plan: Plan) -> None:
        self._nodes = program.nodes
        self._plan = plan
        self.sets: dict[tuple[float, ...], int] = {}

    def text(self, ref: Ref) -> str:
        """The value of node `ref` at a place where any expression may stand."""
        return self.fragment(ref).text

    def fragment(self, ref: Ref) -> Fragment:
        """The value of node `ref` as other code reads it: a variable, a call, or its own expression."""
        match self._plan.placements[ref]:
            case Placement.EAGER:
                return Fragment(f"n{ref}", PRIMARY)
            case Placement.LAZY:
                return Fragment(f"n{ref}(v)", PRIMARY)
            case Placement.INLINE:
                return self.own(ref)
            case Placement.UNUSED:
                raise AssertionError(f"javascript: node {ref} is read but was counted as unused")

    def own(self, ref: Ref) -> Fragment:
        """The expression that computes node `ref` from its operands."""
        node = self._nodes[ref]
        match node:
            case Constant(value):
                return _literal(value)
            case Input(index):
                return Fragment(f"v[{index}]", PRIMARY)
            case Bucket(a, b, salt):
                return Fragment(f"bucket({self.text(a)}, {self.text(b)}, {salt})", PRIMARY)
            case Score(_, _, output):
                return Fragment(f"score_{self._plan.evaluation_of[ref]}(v)[{output}]", PRIMARY)
            case Binary(op, left, right):
                return self._binary(op, left, right)
            case Select(condition, then, otherwise):
                return self._select(*map(self.fragment, (condition, then, otherwise)))
            case Logistic(x):
                return Fragment(f"logistic({self.text(x)})", PRIMARY)
            case Truth(value):
                return _truth(value)
            case Compare(op, left, right):
                return self._compare(op, self.fragment(left), self.fragment(right))
            case OneOf(x, values):
                return self._one_of(self.fragment(x), values) if values else _truth(False)
            case NoneOf(x, values):
                return self._none_of(self.fragment(x), values)
            case Missing(x):
                return comparison("!==", EQUALITY, self.fragment(x), self.fragment(x))
            case Present(x):
                return comparison("===", EQUALITY, self.fragment(x), self.fragment(x))
            case AllOf(items):
                parts = [self.fragment(item) for item in cheap_first(items, self._plan.expensive)]
                return chain("&&", AND, parts) if parts else _truth(True)
            case AnyOf(items):
                parts = [self.fragment(item) for item in cheap_first(items, self._plan.expensive)]
                return chain("||", OR, parts) if parts else _truth(False)
            case Code(value):
                return _literal(value)
            case Choose():
                return self._choose(node)
            case _:
                assert_never(node)

    def _binary(self, op: Arithmetic, left: Ref, right: Ref) -> Fragment:
        if op in (Arithmetic.MIN, Arithmetic.MAX):
            return Fragment(f"Math.{op.value}({self.text(left)}, {self.text(right)})", PRIMARY)
        sign, level = _SIGNS[op]
        return left_to_right(sign, level, self.fragment(left), self.fragment(right))

    def _compare(self, op: Comparison, left: Fragment, right: Fragment) -> Fragment:
        match op:
            case Comparison.LESS:
                return comparison("<", RELATIONAL, left, right)
            case Comparison.AT_MOST:
                return comparison("<=", RELATIONAL, left, right)
            case Comparison.EQUAL:
                return comparison("===", EQUALITY, left, right)
            case Comparison.NOT_EQUAL:
                # Not `!==`, which is true for NaN.
                sides = [comparison(sign, RELATIONAL, left, right) for sign in "<>"]
                return chain("||", OR, sides)
            case _:
                assert_never(op)

    def _one_of(self, x: Fragment, values: tuple[float, ...]) -> Fragment:
        if len(values) > FEW_VALUES:
            return Fragment(f"{self._set(values)}.has({x.text})", PRIMARY)
        tests = [comparison("===", EQUALITY, x, _literal(value)) for value in values]
        return chain("||", OR, tests)

    def _none_of(self, x: Fragment, values: tuple[float, ...]) -> Fragment:
        present = comparison("===", EQUALITY, x, x)
        if len(values) > FEW_VALUES:
            return chain("&&", AND, [present, Fragment(f"!{self._set(values)}.has({x.text})", UNARY)])
        tests = [comparison("!==", EQUALITY, x, _literal(value)) for value in values]
        return chain("&&", AND, [present, *tests])

    def _set(self, values: tuple[float, ...]) -> str:
        return f"set_{self.sets.setdefault(values, len(self.sets))}"

    def _select(self, condition: Fragment, then: Fragment, otherwise: Fragment) -> Fragment:
        return Fragment(f"{condition.at(OR)} ? {then.at(OR)} : {otherwise.text}", CONDITIONAL)

    def _choose(self, node: Choose) -> Fragment:
        def prepend(rest: Fragment, arm: tuple[Ref, Ref]) -> Fragment:
            condition, code = (self.fragment(ref) for ref in arm)
            return Fragment(f"{condition.at(OR)} ? {code.at(OR)} : {rest.text}", CONDITIONAL)

        return reduce(prepend, reversed(node.arms), self.fragment(node.otherwise))


def _literal(value: float) -> Fragment:
    text = number(value)
    return Fragment(text, UNARY if text.startswith("-") else PRIMARY)


def _truth(value: bool) -> Fragment:
    return Fragment("true" if value else "false", PRIMARY)
