"""Every rule of compatibility in one table, and what they find between two registries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from feature_registry.compatibility.affected import find_affected
from feature_registry.compatibility.changes import find_changes
from feature_registry.compatibility.decision_rules import DECISION_RULES
from feature_registry.compatibility.experiment_rules import EXPERIMENT_RULES
from feature_registry.compatibility.feature_rules import FEATURE_RULES
from feature_registry.compatibility.graph import Graph
from feature_registry.compatibility.identities import Key, Numbers
from feature_registry.compatibility.lifecycle_rules import LIFECYCLE_RULES
from feature_registry.compatibility.model_rules import MODEL_RULES
from feature_registry.compatibility.policy_rules import POLICY_RULES
from feature_registry.compatibility.profile_rules import PROFILE_RULES
from feature_registry.compatibility.rule import Comparison, CompatibilityRule, Hit, Weight
from feature_registry.diagnostics import Place
from feature_registry.operators import OperatorSignature
from feature_registry.registry import Registry

SUBJECTS: Mapping[str, tuple[CompatibilityRule, ...]] = MappingProxyType(
    {
        "Leaving": LIFECYCLE_RULES,
        "Features": FEATURE_RULES,
        "Models": MODEL_RULES,
        "Experiments": EXPERIMENT_RULES,
        "Decisions and payloads": DECISION_RULES,
        "Policies and environments": POLICY_RULES,
        "Profiles": PROFILE_RULES,
    }
)
"""The rules by subject, in the order in which they are told."""

RULES: Mapping[str, CompatibilityRule] = MappingProxyType(
    {rule.name: rule for rules in SUBJECTS.values() for rule in rules}
)
"""Every rule by its name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A change that a rule is about. `place` is in the new registry, or in the old one when `is_gone`.

    `is_allowed` tells that the rule was allowed by name.
    """

    rule: CompatibilityRule
    key: Key
    message: str
    place: Place
    is_gone: bool
    is_allowed: bool

    @property
    def breaks(self) -> bool:
        """Whether it refuses the change."""
        return self.rule.weight is Weight.BREAKING and not self.is_allowed

    def to_json(self) -> dict[str, object]:
        """The finding as a JSON object, with what its rule says."""
        return {
            "rule": self.rule.name,
            "weight": str(self.rule.weight),
            "allowed": self.is_allowed,
            "kind": self.key[0],
            "name": self.key[1],
            "message": self.message,
            "reason": self.rule.reason,
            "advice": self.rule.advice,
            "in": "old" if self.is_gone else "new",
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "pointer": self.place.pointer,
        }


def compare(old: Registry, new: Registry, operators: Sequence[OperatorSignature], at: int) -> Comparison:
    """What differs between two registries that were loaded with these operators. `at` (ms UTC) tells what runs."""
    numbers = Numbers()
    old_graph, new_graph = Graph(old, operators), Graph(new, operators)
    changes = find_changes(old_graph, new_graph, numbers)
    live = [("decisions", name) for name, one in old.decisions.items() if one.status != "retired"]
    return Comparison(
        old_graph,
        new_graph,
        changes,
        find_affected(old_graph, new_graph, numbers, changes),
        at,
        frozenset(old_graph.reached(live)),
    )


def find_all(comparison: Comparison, allowed: Collection[str] = ()) -> tuple[Finding, ...]:
    """What the rules find, in the order of the table, then of the registry; `allowed` names rules that do not break."""
    return tuple(
        _finding(comparison, rule, hit, rule.name in allowed)
        for rule in RULES.values()
        for hit in rule.find(comparison)
    )


def _finding(comparison: Comparison, rule: CompatibilityRule, hit: Hit, is_allowed: bool) -> Finding:
    is_gone = hit.key not in comparison.new.files
    registry = comparison.old if is_gone else comparison.new
    place = registry.place(*hit.key, hit.at) if hit.key in registry.files else Place("")
    return Finding(rule, hit.key, hit.message, place, is_gone, is_allowed)
