"""The engine `reference`: the evaluator that reads the registry as it is written."""

from __future__ import annotations

from collections.abc import Sequence

from decision_engine.hosts.python.errors import MESSAGES
from decision_engine.models import Models
from decision_engine.reference import Reference
from feature_registry import Registry
from infra.engines.engine import Batch, InProcess, Request, refusal


class ReferenceEngine(InProcess):
    """Slow and plain: the oracle of the others."""

    name = "reference"

    def __init__(self, registry: Registry, models: Models) -> None:
        self._decisions = tuple(registry.decisions)
        self._reference = Reference(registry, models)

    def answers(self, batch: Batch) -> list[str]:
        """The answer's text of each request."""
        texts = []
        for index, (request, at) in enumerate(batch):
            check_decisions(index, request, self._decisions)
            texts.append(self._reference.decide(request, at))
        return texts


def check_decisions(index: int, request: Request, decisions: Sequence[str]) -> None:
    """Raise RefusedRequestError when the list of decisions that a request asks for is bad."""
    if "decisions" not in request:
        return
    asked = request["decisions"]
    if not isinstance(asked, list) or not all(isinstance(name, str) for name in asked):
        raise refusal(index, "bad-decisions", MESSAGES["bad-decisions"], request, decisions)
    unknown = [name for name in asked if name not in decisions]
    if unknown:
        message = f"{MESSAGES['unknown-decision']} `{unknown[0]}`"
        raise refusal(index, "unknown-decision", message, request, decisions)
