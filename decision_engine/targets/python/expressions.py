"""Python expressions for the nodes of the IR: one case a node class, built on the text of its operands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from decision_engine.targets.python.text import (
    ADDITIVE,
    AND,
    COMPARISON,
    CONDITIONAL,
    MULTIPLICATIVE,
    OR,
    PRIMARY,
    literal,
    number,
)
from decision_engine.targets.text import Fragment, chain, comparison, left_to_right

_SIGNS = {
    Arithmetic.ADD: ("+", ADDITIVE),
    Arithmetic.SUBTRACT: ("-", ADDITIVE),
    Arithmetic.MULTIPLY: ("*", MULTIPLICATIVE),
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
            return (x,) if values else ()
        case NoneOf(x, values):
            return (x,) * (2 + bool(values))
        case Missing(x) | Present(x):
            return (x, x)
        case AllOf(items) | AnyOf(items):
            return items
        case Choose(arms, otherwise):
            return (*(ref for arm in arms for ref in arm), otherwise)
        case _:
            assert_never(node)


class Expressions:
    """The expressions of one program as the body of `decide` reads them: its variables are in reach."""

    def __init__(self, program: Program, plan: Plan) -> None:
        self._nodes = program.nodes
        self._plan = plan

    def text(self, ref: Ref) -> str:
        """The value of node `ref` at a place where any expression may stand."""
        return self.fragment(ref).text

    def fragment(self, ref: Ref) -> Fragment:
        """The value of node `ref` as other code reads it: a variable, a call, or its own expression."""
        match self._plan.placements[ref]:
            case Placement.EAGER:
                return self.variable(ref)
            case Placement.LAZY:
                return Fragment(f"_n{ref}(v, m)", PRIMARY)
            case Placement.INLINE:
                return self.own(ref)
            case Placement.UNUSED:
                raise AssertionError(f"python: node {ref} is read but was counted as unused")

    def variable(self, ref: Ref) -> Fragment:
        """The variable of an eager node."""
        return Fragment(f"n{ref}", PRIMARY)

    def own(self, ref: Ref) -> Fragment:
        """The expression that computes node `ref` from its operands."""
        node = self._nodes[ref]
        match node:
            case Constant(value):
                return literal(value)
            case Input(index):
                return Fragment(f"v[{index}]", PRIMARY)
            case Bucket(a, b, salt):
                return Fragment(f"_bucket({self.text(a)}, {self.text(b)}, {salt})", PRIMARY)
            case Score(_, _, output):
                return Fragment(f"_score_{self._plan.evaluation_of[ref]}(v, m)[{output}]", PRIMARY)
            case Binary(op, left, right):
                return self._binary(op, left, right)
            case Select(condition, then, otherwise):
                return self._select(*map(self.fragment, (condition, then, otherwise)))
            case Logistic(x):
                return Fragment(f"_logistic({self.text(x)})", PRIMARY)
            case Truth(value):
                return Fragment(str(value), PRIMARY)
            case Compare(op, left, right):
                return self._compare(op, self.fragment(left), self.fragment(right))
            case OneOf(x, values):
                return _among("in", self.fragment(x), values) if values else Fragment("False", PRIMARY)
            case NoneOf(x, values):
                present = comparison("==", COMPARISON, self.fragment(x), self.fragment(x))
                others = [_among("not in", self.fragment(x), values)] if values else []
                return chain("and", AND, [present, *others])
            case Missing(x):
                return comparison("!=", COMPARISON, self.fragment(x), self.fragment(x))
            case Present(x):
                return comparison("==", COMPARISON, self.fragment(x), self.fragment(x))
            case AllOf(items):
                parts = [self.fragment(item) for item in cheap_first(items, self._plan.expensive)]
                return chain("and", AND, parts) if parts else Fragment("True", PRIMARY)
            case AnyOf(items):
                parts = [self.fragment(item) for item in cheap_first(items, self._plan.expensive)]
                return chain("or", OR, parts) if parts else Fragment("False", PRIMARY)
            case Code(value):
                return Fragment(str(value), PRIMARY)
            case Choose():
                return self._choose(node)
            case _:
                assert_never(node)

    def _binary(self, op: Arithmetic, left: Ref, right: Ref) -> Fragment:
        match op:
            case Arithmetic.ADD | Arithmetic.SUBTRACT | Arithmetic.MULTIPLY:
                sign, level = _SIGNS[op]
                return left_to_right(sign, level, self.fragment(left), self.fragment(right))
            case Arithmetic.DIVIDE:
                divisor = self._nodes[right]
                if isinstance(divisor, Constant) and divisor.value != 0.0:
                    return left_to_right("/", MULTIPLICATIVE, self.fragment(left), self.fragment(right))
                return Fragment(f"_divide({self.text(left)}, {self.text(right)})", PRIMARY)
            case Arithmetic.MIN | Arithmetic.MAX:
                return Fragment(f"_{op.value}({self.text(left)}, {self.text(right)})", PRIMARY)
            case _:
                assert_never(op)

    def _compare(self, op: Comparison, left: Fragment, right: Fragment) -> Fragment:
        match op:
            case Comparison.LESS:
                return comparison("<", COMPARISON, left, right)
            case Comparison.AT_MOST:
                return comparison("<=", COMPARISON, left, right)
            case Comparison.EQUAL:
                return comparison("==", COMPARISON, left, right)
            case Comparison.NOT_EQUAL:
                # Not `!=`, which is true for NaN.
                return chain("or", OR, [comparison(sign, COMPARISON, left, right) for sign in "<>"])
            case _:
                assert_never(op)

    def _select(self, condition: Fragment, then: Fragment, otherwise: Fragment) -> Fragment:
        return Fragment(f"{then.at(OR)} if {condition.at(OR)} else {otherwise.text}", CONDITIONAL)

    def _choose(self, node: Choose) -> Fragment:
        def prepend(rest: Fragment, arm: tuple[Ref, Ref]) -> Fragment:
            condition, code = (self.fragment(ref) for ref in arm)
            return Fragment(f"{code.at(OR)} if {condition.at(OR)} else {rest.text}", CONDITIONAL)

        return reduce(prepend, reversed(node.arms), self.fragment(node.otherwise))


class StoredExpressions(Expressions):
    """The expressions of the functions beside `decide`: the variables that they read are handed on in `m`.

    `places` gives the place in `m` of each stored node; `stored` gathers the eager nodes that some function reads.
    """

    def __init__(self, program: Program, plan: Plan, places: Mapping[Ref, int]) -> None:
        super().__init__(program, plan)
        self._places = places
        self.stored: set[Ref] = set()

    def variable(self, ref: Ref) -> Fragment:
        """The place of an eager node in `m`."""
        self.stored.add(ref)
        return Fragment(f"m[{self._places[ref]}]", PRIMARY)


def _among(operator: str, x: Fragment, values: tuple[float, ...]) -> Fragment:
    if len(values) == 1:
        return comparison("==" if operator == "in" else "!=", COMPARISON, x, literal(values[0]))
    # Python keeps a display of constants after `in` as one frozenset.
    return Fragment(f"{x.at(COMPARISON + 1)} {operator} {{{', '.join(map(number, values))}}}", COMPARISON)
