"""JavaScript expressions for the nodes of the IR, written for few bytes: one case a node class."""

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
    Level,
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
    Tag,
    TextTest,
    Truth,
    VersionRank,
)
from decision_engine.targets.analysis import Placement, Plan, cheap_first
from decision_engine.targets.cloudfront.text import number, numbers
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
)
from decision_engine.targets.text import Fragment, chain, comparison, left_to_right

_NEAR = 700.0
"""Below it e^x is a normal number, and so is e^-x."""

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
        case OneOf(x, values) | NoneOf(x, values):
            # Never inline: how often the text names x depends on the shortest form.
            return (x,) * 2 if values else (x,)
        case Missing(x) | Present(x):
            return (x, x)
        case AllOf(items) | AnyOf(items):
            return items
        case Choose(arms, otherwise):
            return (*(ref for arm in arms for ref in arm), otherwise)
        case _:
            assert_never(node)


class Expressions:
    """The expressions of one program. An input is a variable `v3`, an eager node `n12`, a lazy one a call `n12()`."""

    def __init__(self, program: Program, plan: Plan) -> None:
        self._nodes = program.nodes
        self._inputs = program.inputs
        self._forests = program.forests
        self._plan = plan

    def text(self, ref: Ref) -> str:
        """The value of node `ref` at a place where any expression may stand."""
        return self.fragment(ref).text

    def fragment(self, ref: Ref) -> Fragment:
        """The value of node `ref` as other code reads it: a variable, a call, or its own expression."""
        match self._plan.placements[ref]:
            case Placement.EAGER:
                return Fragment(f"n{ref}", PRIMARY)
            case Placement.LAZY:
                return Fragment(f"n{ref}()", PRIMARY)
            case Placement.INLINE:
                return self.own(ref)
            case Placement.UNUSED:
                raise AssertionError(f"cloudfront: node {ref} is read but was counted as unused")

    def own(self, ref: Ref) -> Fragment:
        """The expression that computes node `ref` from its operands."""
        node = self._nodes[ref]
        match node:
            case Constant(value):
                return _literal(value)
            case Input(index):
                return Fragment(f"v{index}", PRIMARY)
            case Bucket(a, b, salt):
                return Fragment(f"bucket({self.text(a)}, {self.text(b)}, {salt})", PRIMARY)
            case Score(forest, _, output):
                call = f"score_{self._plan.evaluation_of[ref]}()"
                return Fragment(call if self._forests[forest].outputs == 1 else f"{call}[{output}]", PRIMARY)
            case Binary(op, left, right):
                return self._binary(op, left, right)
            case Select(condition, then, otherwise):
                return self._select(*map(self.fragment, (condition, then, otherwise)))
            case Logistic(x):
                return Fragment(f"logistic{'_near' if self._is_near(x) else ''}({self.text(x)})", PRIMARY)
            case Truth(value):
                return _truth(value)
            case Compare(op, left, right):
                return self._compare(op, self.fragment(left), self.fragment(right))
            case OneOf(x, values):
                return one_of(self.fragment(x), values, self._domain(x)) if values else _truth(False)
            case NoneOf(x, values):
                return none_of(self.fragment(x), values, self._domain(x))
            case Missing(x):
                return comparison("!=", EQUALITY, self.fragment(x), self.fragment(x))
            case Present(x):
                return comparison("==", EQUALITY, self.fragment(x), self.fragment(x))
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
                return comparison("==", EQUALITY, left, right)
            case Comparison.NOT_EQUAL:
                # Not `!=`, which is true for NaN.
                sides = [comparison(sign, RELATIONAL, left, right) for sign in "<>"]
                return chain("||", OR, sides)
            case _:
                assert_never(op)

    def _is_near(self, ref: Ref) -> bool:
        """Whether node `ref` is a score that lies below `_NEAR` on both sides, whatever the trees say."""
        node = self._nodes[ref]
        if not isinstance(node, Score):
            return False
        forest = self._forests[node.forest]
        leaves = sum(max(map(abs, tree.leaves)) for tree in forest.trees[node.output :: forest.outputs])
        return abs(forest.starts[node.output]) + leaves < _NEAR

    def _domain(self, ref: Ref) -> int | None:
        """How many values node `ref` can have, when they are 0, 1, 2, ... (or it is missing); else None."""
        node = self._nodes[ref]
        source = self._inputs[node.index] if isinstance(node, Input) else None
        match source:
            case Level(_, levels):
                return len(levels) + 1
            case Tag() | TextTest():
                return 2
            case VersionRank(_, versions):
                return 2 * len(versions) + 1
            case _:
                return None

    def _select(self, condition: Fragment, then: Fragment, otherwise: Fragment) -> Fragment:
        return Fragment(f"{condition.at(OR)} ? {then.at(OR)} : {otherwise.text}", CONDITIONAL)

    def _choose(self, node: Choose) -> Fragment:
        def prepend(rest: Fragment, arm: tuple[Ref, Ref]) -> Fragment:
            condition, code = (self.fragment(ref) for ref in arm)
            if condition.text == "true":
                return code
            return Fragment(f"{condition.at(OR)} ? {code.at(OR)} : {rest.text}", CONDITIONAL)

        return reduce(prepend, reversed(node.arms), self.fragment(node.otherwise))


def one_of(x: Fragment, values: tuple[float, ...], domain: int | None) -> Fragment:
    """Whether x is one of `values`, in the shortest form; `domain` counts the values that x can have, from 0 on."""
    forms = [chain("||", OR, [comparison("==", EQUALITY, x, _literal(value)) for value in values])]
    forms.append(Fragment(f"{numbers(values)}.indexOf({x.text}) >= 0", RELATIONAL))
    is_run = all(after == before + 1 for before, after in zip(values, values[1:], strict=False))
    if domain is not None and is_run and values[0].is_integer():
        ends = []
        if values[0] > 0:
            ends.append(comparison(">", RELATIONAL, x, _literal(values[0] - 1)))
        if values[-1] < domain - 1:
            ends.append(comparison("<", RELATIONAL, x, _literal(values[-1] + 1)))
        if ends:
            forms.append(chain("&&", AND, ends))
    # An `or` is likely to need parentheses.
    return min(forms, key=lambda form: len(form.text.replace(" ", "")) + 2 * (form.level == OR))


def none_of(x: Fragment, values: tuple[float, ...], domain: int | None) -> Fragment:
    """Whether x is present and none of `values`."""
    present = comparison("==", EQUALITY, x, x)
    search = Fragment(f"{numbers(values)}.indexOf({x.text}) < 0", RELATIONAL)
    forms = [
        chain("&&", AND, [present, search]),
        chain("&&", AND, [present, *(comparison("!=", EQUALITY, x, _literal(value)) for value in values)]),
    ]
    others = tuple(float(value) for value in range(domain or 0) if value not in values)
    if others:
        forms.append(one_of(x, others, domain))
    return min(forms, key=lambda form: len(form.text.replace(" ", "")) + 2 * (form.level == OR))


def _literal(value: float) -> Fragment:
    text = number(value)
    return Fragment(text, UNARY if text.startswith("-") else PRIMARY)


def _truth(value: bool) -> Fragment:
    return Fragment("true" if value else "false", PRIMARY)
