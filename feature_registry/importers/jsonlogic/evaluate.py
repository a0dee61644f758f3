"""JsonLogic to cases: every expression becomes what it can come to, with the formula under which it does.

Constants are computed here; what depends on the request becomes formulas over features. Semantics are those of the
JsonLogic reference (jsonlogic.com, json-logic-js): an attribute that is absent is null, `==` coerces, an empty list is
false.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from feature_registry.importers.draft import RegistryDraft
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import FALSE, TRUE, Formula, Within, conj, disj, negate, truth
from feature_registry.importers.jsonlogic.comparisons import compared
from feature_registry.importers.jsonlogic.literals import (
    arithmetic,
    at_path,
    number,
    text,
    truthy,
)
from feature_registry.importers.jsonlogic.operations import (
    cat_cases,
    clock_of,
    in_cases,
    is_no_number,
    joined_lists,
    known,
    merge_cases,
    substr_cases,
)
from feature_registry.importers.jsonlogic.symbols import (
    Bucketed,
    Cases,
    Clock,
    Constant,
    Joined,
    Moment,
    Reference,
    Several,
    Slice,
    Symbol,
    always,
    constant,
    decided,
    product,
    trimmed,
    where,
)
from feature_registry.importers.values import Attribute

CustomOperator = Callable[["Evaluator", list[object]], Cases]
_ROOT = object()
_COMPARISONS = ("==", "===", "!=", "!==", "<", "<=", ">", ">=")
_ARITHMETIC = ("+", "-", "*", "/", "%", "min", "max")
_LOOPS = ("map", "filter", "reduce", "all", "none", "some")


@dataclass(frozen=True)
class Evaluator:
    """Evaluates expressions of one rule. `variables` are paths with values of their own; `data` is that of a loop."""

    draft: RegistryDraft
    operators: Mapping[str, CustomOperator] = field(default_factory=dict)
    variables: Mapping[str, Symbol] = field(default_factory=dict)
    data: object = _ROOT

    def cases(self, expression: object) -> Cases:
        """What the expression comes to."""
        if isinstance(expression, list):
            return product([self.cases(item) for item in expression], _as_list)
        if not isinstance(expression, dict) or len(expression) != 1:
            return constant(expression)
        ((operator, given),) = expression.items()
        arguments = given if isinstance(given, list) else [given]
        return self._operation(str(operator), arguments)

    def truth(self, expression: object) -> Formula:
        """Whether the expression is true, in JsonLogic's sense."""
        if isinstance(expression, dict) and len(expression) == 1:
            ((operator, given),) = expression.items()
            arguments = given if isinstance(given, list) else [given]
            if operator in ("and", "or") and arguments:
                return (conj if operator == "and" else disj)([self.truth(item) for item in arguments])
            if operator in ("!", "!!") and arguments:
                found = self.truth(arguments[0])
                return negate(found) if operator == "!" else found
            if operator in ("if", "?:"):
                return self._if_truth(arguments)
        return where(self.cases(expression), self.truth_of)

    def truth_of(self, symbol: Symbol) -> Formula:
        """Whether a symbol is true."""
        match symbol:
            case Constant(value):
                return truth(truthy(value))
            case Reference(path):
                value = Attribute(self.draft, path)
                empty = value.test("number", "size", "is", 0)
                return conj((value.test("bool", "truth", "is", True), negate(empty)))
            case Joined(parts):
                if any(isinstance(part, str) and part for part in parts):
                    return TRUE
                values = [Attribute(self.draft, part.path) for part in parts if isinstance(part, Reference)]
                return disj(value.test("text", "text", "is_not", "") for value in values)
            case Moment():
                return TRUE
            case Clock():
                raise NotCarriedError("time-arithmetic", "a computed time stands where true or false is asked for")
            case Several():
                return TRUE
            case Bucketed():
                return where(self.expanded(symbol), self.truth_of)
            case Slice():
                raise NotCarriedError("part-of-text", "a part of a text stands where true or false is asked for")

    def expanded(self, bucketed: Bucketed) -> Cases:
        """The cases of a result by buckets."""
        shared = (bucketed.unit, bucketed.bucketing, bucketed.seed, bucketed.seed_after)
        found: Cases = [(Within(*shared, *bounds), shown) for shown, _, bounds in bucketed.entries]
        return [*found, (TRUE, Constant(None))]

    def plain(self, expression: object) -> Cases:
        """The cases of an expression, without results by buckets."""
        found: Cases = []
        for formula, symbol in self.cases(expression):
            if isinstance(symbol, Bucketed):
                found += [(conj((formula, inner)), one) for inner, one in self.expanded(symbol)]
            else:
                found.append((formula, symbol))
        return trimmed(found)

    def _operation(self, operator: str, arguments: list[object]) -> Cases:
        if operator in self.operators:
            return self.operators[operator](self, arguments)
        if operator in ("if", "?:"):
            return self._if(arguments)
        if operator in ("and", "or"):
            return self._connective(operator, arguments)
        if operator in ("!", "!!"):
            return decided(self.truth({operator: arguments or [None]}))
        if operator in _COMPARISONS:
            return self._comparison(operator, arguments)
        if operator in _LOOPS:
            return self._loop(operator, arguments)
        plain = _PLAIN.get(operator)
        if operator in _ARITHMETIC:
            return self._arithmetic(operator, arguments)
        if plain is None:
            raise NotCarriedError("unknown-operator", f"JsonLogic has no operator `{operator}`")
        return product([self.plain(item) for item in arguments], lambda row: plain(self, row))

    def _if(self, arguments: list[object]) -> Cases:
        found: Cases = []
        for index in range(0, len(arguments) - 1, 2):
            condition = self.truth(arguments[index])
            if condition != FALSE:
                found += [(conj((condition, inner)), symbol) for inner, symbol in self.cases(arguments[index + 1])]
            if condition == TRUE:
                return trimmed(found)
        last = self.cases(arguments[-1]) if len(arguments) % 2 else constant(None)
        return trimmed([*found, *last])

    def _if_truth(self, arguments: list[object]) -> Formula:
        last = self.truth(arguments[-1]) if len(arguments) % 2 else FALSE
        for index in range(len(arguments) // 2 * 2 - 2, -1, -2):
            condition, then = self.truth(arguments[index]), self.truth(arguments[index + 1])
            last = where([(condition, Constant(None)), (TRUE, Constant(0))], _chosen(then, last))
        return last

    def _connective(self, operator: str, arguments: list[object]) -> Cases:
        """The first value that settles it, else the last one."""
        if not arguments:
            return constant(None)
        if all(_is_test(item) for item in arguments):
            return decided(self.truth({operator: arguments}))
        if len(arguments) == 1:
            return self.plain(arguments[0])
        rest = self._connective(operator, arguments[1:])
        found: Cases = []
        for formula, symbol in self.plain(arguments[0]):
            is_true = self.truth_of(symbol)
            settled = is_true if operator == "or" else negate(is_true)
            found.append((conj((formula, settled)), symbol))
            if settled != TRUE:
                found += [(conj((formula, inner)), one) for inner, one in rest]
        return trimmed(found)

    def _comparison(self, operator: str, arguments: list[object]) -> Cases:
        sides = [self.plain(item) for item in arguments]
        if len(sides) < 2:
            sides = [*sides, *(constant(None) for _ in range(2 - len(sides)))]
        most = 3 if operator in ("<", "<=") else 2
        anchor = Attribute(self.draft, "")

        def join(row: Sequence[Symbol]) -> Cases:
            pairs = list(zip(row, row[1:], strict=False))
            return decided(conj(compared(anchor, self.draft.semantics, operator, *pair) for pair in pairs))

        return product(sides[:most], join)

    def _arithmetic(self, operator: str, arguments: list[object]) -> Cases:
        """What is no number makes the whole no number, whatever the rest is."""
        semantics, sides = self.draft.semantics, []
        for item in arguments:
            sides.append(self.plain(item))
            symbols = [symbol for _, symbol in sides[-1]]
            numbers = [one.value for one in symbols if isinstance(one, Constant)]
            if len(numbers) == len(symbols) and all(is_no_number(semantics, operator, value) for value in numbers):
                return constant(math.nan)

        def join(row: Sequence[Symbol]) -> Cases:
            clock = clock_of(operator, row)
            if clock is not None:
                return always(clock)
            values = [known(symbol, "arithmetic", f"`{operator}` computes with an attribute") for symbol in row]
            return constant(arithmetic(semantics, operator, values))

        return product(sides, join)

    def _loop(self, operator: str, arguments: list[object]) -> Cases:
        """Loops over constant lists."""
        items = self.plain(arguments[0] if arguments else None)
        body = arguments[1] if len(arguments) > 1 else None
        return product([items], lambda row: self._loop_over(operator, row[0], body, arguments[2:]))

    def _loop_over(self, operator: str, symbol: Symbol, body: object, rest: list[object]) -> Cases:
        if not isinstance(symbol, Constant):
            raise NotCarriedError("array-operation", f"`{operator}` runs over a list of the request")
        items = symbol.value if isinstance(symbol.value, list) else []
        inner = [replace(self, data=item) for item in items]
        if operator == "map":
            return product([one.plain(body) for one in inner], _as_list)
        if operator == "reduce":
            found = self.plain(rest[0] if rest else None)
            for item in items:
                found = product([found], lambda row, item=item: self._step(body, item, row[0]))  # type: ignore[misc]  # binds the item of this step
            return found
        tests = [one.truth(body) for one in inner]
        if operator == "filter":
            return product(
                [decided(test) for test in tests],
                lambda row: constant([item for item, one in zip(items, row, strict=True) if one == Constant(True)]),
            )
        if operator == "all":
            return decided(conj(tests) if tests else FALSE)
        return decided(disj(tests) if operator == "some" else negate(disj(tests)))

    def _step(self, body: object, item: object, before: Symbol) -> Cases:
        so_far = known(before, "array-operation", "`reduce` builds on an attribute")
        return replace(self, data={"current": item, "accumulator": so_far}).plain(body)

    def _var(self, row: Sequence[Symbol]) -> Cases:
        default = row[1] if len(row) > 1 else Constant(None)
        path = known(row[0], "dynamic-path", "the path of a `var` is an attribute") if row else None
        if path is None or path == "":
            if self.data is _ROOT:
                raise NotCarriedError("whole-context", "`var` asks for the whole context")
            return constant(self.data)
        name = text(self.draft.semantics, path)
        if self.data is not _ROOT:
            found = at_path(self.data, name)
            return always(default) if found is None else constant(found)
        if name in self.variables:
            return always(self.variables[name])
        reference = Reference(name)
        if default == Constant(None):
            return always(reference)
        return [(Attribute(self.draft, name).is_null(), default), (TRUE, reference)]

    def _missing(self, row: Sequence[Symbol]) -> Cases:
        keys = _keys(row)
        checked = [where(self._var([Constant(key)]), self._is_missing) for key in keys]
        chosen: Cases = [(TRUE, Constant([]))]
        for key, test in zip(keys, checked, strict=True):
            side = trimmed([(test, Constant([key])), (TRUE, Constant([]))])
            chosen = product([chosen, side], joined_lists)
        return chosen

    def _is_missing(self, symbol: Symbol) -> Formula:
        if isinstance(symbol, Constant):
            return truth(symbol.value is None or symbol.value == "")
        if not isinstance(symbol, Reference):
            return FALSE
        value = Attribute(self.draft, symbol.path)
        return disj((value.is_null(), value.test("text", None, "is", "")))

    def _missing_some(self, row: Sequence[Symbol]) -> Cases:
        wanted = number(self.draft.semantics, known(row[0], "dynamic-path", "the number of keys is an attribute"))
        keys = _keys(row[1:2])

        def enough(found: Sequence[Symbol]) -> Cases:
            missing = known(found[0], "dynamic-path", "keys are attributes")
            assert isinstance(missing, list)
            return constant([] if len(keys) - len(missing) >= wanted else missing)

        return product([self._missing([Constant(keys)])], enough)

    def _log(self, row: Sequence[Symbol]) -> Cases:
        return always(row[0] if row else Constant(None))


def _as_list(row: Sequence[Symbol]) -> Cases:
    if all(isinstance(symbol, Constant) for symbol in row):
        return constant([symbol.value for symbol in row if isinstance(symbol, Constant)])
    return always(Several(tuple(row)))


def _keys(row: Sequence[Symbol]) -> list[object]:
    values = [known(symbol, "dynamic-path", "keys are attributes") for symbol in row]
    return values[0] if values and isinstance(values[0], list) else values


def _is_test(expression: object) -> bool:
    """Whether an expression can only be true or false."""
    if isinstance(expression, bool):
        return True
    if not isinstance(expression, dict) or len(expression) != 1:
        return False
    ((operator, given),) = expression.items()
    if operator in ("and", "or"):
        return isinstance(given, list) and bool(given) and all(map(_is_test, given))
    return operator in (*_COMPARISONS, "!", "!!", "in", "all", "none", "some")


def _chosen(then: Formula, otherwise: Formula) -> Callable[[Symbol], Formula]:
    return lambda symbol: then if symbol == Constant(None) else otherwise


_PLAIN: Mapping[str, Callable[[Evaluator, Sequence[Symbol]], Cases]] = {
    "var": Evaluator._var,
    "missing": Evaluator._missing,
    "missing_some": Evaluator._missing_some,
    "in": lambda evaluator, row: in_cases(evaluator.draft, row),
    "cat": lambda evaluator, row: cat_cases(evaluator.draft, row),
    "substr": lambda evaluator, row: substr_cases(evaluator.draft, row),
    "merge": lambda evaluator, row: merge_cases(evaluator.draft, row),
    "log": Evaluator._log,
}
