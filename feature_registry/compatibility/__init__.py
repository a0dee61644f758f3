"""Two registries compared by meaning: what changed, whom it concerns, and what a live release does not survive.

Documents only: the share of units that moves stands in `decision_engine.moves`.
"""

from feature_registry.compatibility.affected import Affected, Effect, RuleEffect
from feature_registry.compatibility.changes import NOTHING, AttributeChange, Changes
from feature_registry.compatibility.findings import RULES, SUBJECTS, Finding, compare, find_all
from feature_registry.compatibility.identities import Key
from feature_registry.compatibility.rule import Comparison, CompatibilityRule, Weight
from feature_registry.compatibility.words import named

__all__ = [
    "NOTHING",
    "RULES",
    "SUBJECTS",
    "Affected",
    "AttributeChange",
    "Changes",
    "Comparison",
    "CompatibilityRule",
    "Effect",
    "Finding",
    "Key",
    "RuleEffect",
    "Weight",
    "compare",
    "find_all",
    "named",
]
