"""`edgewise new`: questions whose answers become an object of a registry, and its place in the registry's files."""

from infra.writing.cohorts import ask_cohort
from infra.writing.conversation import Conversation
from infra.writing.decisions import ask_decision
from infra.writing.experiments import ask_experiment
from infra.writing.placing import Addition, Edit, place, write

__all__ = [
    "Addition",
    "Conversation",
    "Edit",
    "ask_cohort",
    "ask_decision",
    "ask_experiment",
    "place",
    "write",
]
