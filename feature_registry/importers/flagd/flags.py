"""flagd's flags as decisions."""

from __future__ import annotations

from collections.abc import Mapping

from feature_registry.importers.draft import Arm, RegistryDraft, Show, Split, is_wrapped
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.flagd.fractional import custom_operators
from feature_registry.importers.formulas import Formula, conj
from feature_registry.importers.jsonlogic import Bucketed, Constant, Evaluator, Joined, Moment, Reference, Symbol
from feature_registry.importers.jsonlogic.literals import is_nan, text
from feature_registry.importers.report import Changed, Report
from feature_registry.importers.values import Attribute

CODE_DEFAULT = Show("code_default", None)
"""What a flag gives that leaves the value to the application."""


def add_flag(draft: RegistryDraft, report: Report, key: str, flag: Mapping[str, object], bucketing: str) -> str:
    """Add one flag of a checked document; gives the decision's name. Raises NotCarriedError."""
    variants = flag["variants"]
    assert isinstance(variants, dict), "the document was checked"
    default = flag.get("defaultVariant")
    otherwise = _variant(variants, default) if isinstance(default, str) and default else CODE_DEFAULT
    arms: list[Arm] = []
    if flag["state"] == "DISABLED":
        otherwise = CODE_DEFAULT
        report.changed.append(
            Changed(
                "flag", key, "disabled", "the flag is disabled: the decision shows the payload that stands for no value"
            )
        )
    elif flag.get("targeting"):
        evaluator = Evaluator(
            draft,
            custom_operators(key, bucketing),
            {"$flagd.flagKey": Constant(key), "$flagd.timestamp": Moment()},
        )
        for formula, symbol in evaluator.cases(flag["targeting"]):
            arms += _arms(draft, key, variants, otherwise, formula, symbol)
    while arms and arms[-1].outcome == otherwise:
        arms.pop()
    values = [one.value for arm in arms for one in _shown(arm)] + [otherwise.value]
    if any(is_wrapped(value) for value in values):
        report.changed.append(
            Changed("flag", key, "wrapped", 'values that are lists, and no value, stand in an object: {"value": ...}')
        )
    return draft.decision(key, arms, otherwise, f"Imported from the flag {key} of flagd.")


def _arms(
    draft: RegistryDraft, key: str, variants: dict[str, object], default: Show, formula: Formula, symbol: Symbol
) -> list[Arm]:
    """The rules of one case."""
    match symbol:
        case Constant(value) if is_nan(value):
            return [Arm(formula, CODE_DEFAULT)]  # an error of the source, where the application's own value stands
        case Constant(value):
            return [Arm(formula, default if value is None else _variant(variants, text(draft.semantics, value)))]
        case Bucketed():
            return [*_bucketed(draft, key, variants, default, formula, symbol), Arm(formula, default)]
        case Reference(path):
            value_of = Attribute(draft, path)
            named = [
                Arm(conj((formula, value_of.test("text", "text", "is", name))), _variant(variants, name))
                for name in variants
            ]
            return [Arm(conj((formula, value_of.is_null())), default), *named, Arm(formula, CODE_DEFAULT)]
        case Joined() | _:
            raise NotCarriedError("computed-value", "the targeting gives a variant whose name is computed")


def _bucketed(
    draft: RegistryDraft,
    key: str,
    variants: dict[str, object],
    default: Show,
    formula: Formula,
    symbol: Bucketed,
) -> list[Arm]:
    """An experiment; with fewer than two variations, a share."""
    rows = [
        (default if shown.value is None else _variant(variants, text(draft.semantics, shown.value)), weight, bounds)
        for shown, weight, bounds in symbol.entries
    ]
    if len(rows) < 2:
        evaluator = Evaluator(draft)
        cases = evaluator.expanded(symbol)[:-1]
        return [Arm(conj((formula, inner)), shown) for (inner, _), (shown, _, _) in zip(cases, rows, strict=True)]
    split = Split(
        experiment=key,
        bucketing=symbol.bucketing,
        unit=symbol.unit,
        seed=symbol.seed,
        seed_after=symbol.seed_after,
        variations=tuple((shown.key, float(weight), shown) for shown, weight, _ in rows),
        ranges=tuple(bounds for _, _, bounds in rows),
    )
    return [Arm(formula, split)]


def _variant(variants: Mapping[str, object], name: str) -> Show:
    """A variant; one that does not exist is an error of flagd, where the application's own value stands."""
    return Show(name, variants[name]) if name in variants else CODE_DEFAULT


def _shown(arm: Arm) -> list[Show]:
    return [arm.outcome] if isinstance(arm.outcome, Show) else [shown for _, _, shown in arm.outcome.variations]
