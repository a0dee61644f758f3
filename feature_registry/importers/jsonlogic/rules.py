"""One JsonLogic rule as a decision that shows the rule's result."""

from __future__ import annotations

from collections.abc import Sequence

from feature_registry.importers.draft import Arm, RegistryDraft, Show
from feature_registry.importers.errors import NotCarriedError
from feature_registry.importers.formulas import conj
from feature_registry.importers.jsonlogic.evaluate import Evaluator
from feature_registry.importers.jsonlogic.symbols import Constant, Reference
from feature_registry.importers.values import Attribute


def import_rule(draft: RegistryDraft, name: str, rule: object, results: Sequence[object]) -> str:
    """Add a decision that shows what the rule comes to; gives its name.

    A result that is an attribute of the request is one of `results`, which an answer can hold; any other is shown as
    null. Raises NotCarriedError.
    """
    arms: list[Arm] = []
    for formula, symbol in Evaluator(draft).plain(rule):
        match symbol:
            case Constant(value):
                arms.append(Arm(formula, Show(f"result_{len(arms)}", value)))
            case Reference(path):
                value_of = Attribute(draft, path)
                for result in results:
                    if result is not None:
                        written = draft.semantics.read("text", "json", result)
                        test = value_of.test("text", "json", "is", written)
                        arms.append(Arm(conj((formula, test)), Show(f"result_{len(arms)}", result)))
                arms.append(Arm(formula, Show("none", None)))
            case _:
                raise NotCarriedError("computed-value", "the result is computed from attributes")
    return draft.decision(name, arms, Show("none", None), None)
