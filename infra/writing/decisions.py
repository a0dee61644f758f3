"""Questions for a decision: for whom which payload, and what everyone else sees."""

from __future__ import annotations

import json
from typing import Any

from feature_registry import Registry
from feature_registry.json_reader import read_json
from infra.writing.conversation import AnswerError, Conversation
from infra.writing.placing import Addition

_NEW = "new"


def ask_decision(talk: Conversation, registry: Registry) -> list[Addition]:
    """A new decision, after the new payloads that it shows."""
    name = talk.name("Name of the decision", registry.decisions)
    document: dict[str, Any] = {}
    if (description := talk.text("What it decides, in a sentence")) is not None:
        document["description"] = description
    if (owner := talk.text("The team that answers for it")) is not None:
        document["owner"] = owner
    payloads = _Payloads(talk, registry)
    rules: list[dict[str, Any]] = []
    heads = [*(f"cohort {one}" for one in registry.cohorts), *(f"experiment {one}" for one in registry.experiments)]
    while heads:
        head = talk.choice(
            f"Rule {len(rules) + 1}: for whom, `cohort NAME` or `experiment NAME`",
            heads,
            "cohorts or experiments",
            optional=True,
        )
        if not head:
            break
        kind, _, of = head.partition(" ")
        if kind == "cohort":
            rules.append({"if": {"cohort": of}, "show": payloads.ask(f"What `{of}` sees")})
        else:
            shown = {one: payloads.ask(f"What `{one}` sees") for one in registry.experiments[of].variations}
            rules.append({"experiment": of, "show": shown})
    otherwise = payloads.ask("What everyone else sees, also when anything fails")
    return [*payloads.made, Addition("decisions", name, {**document, "rules": rules, "otherwise": otherwise})]


class _Payloads:
    """The payloads there are, and those that are made on the way."""

    def __init__(self, talk: Conversation, registry: Registry) -> None:
        self._talk = talk
        self._known = list(registry.payloads)
        self.made: list[Addition] = []

    def ask(self, question: str) -> str:
        """The name of a payload, an old or a new one."""
        chosen = self._talk.choice(f"{question}: a payload, or `{_NEW}`", [*self._known, _NEW], "payloads")
        if chosen != _NEW:
            return chosen
        name = self._talk.name("Name of the payload", [*self._known, _NEW], is_payload=True)
        value = self._talk.ask("What the shop receives: a text, a number, or a JSON object", read_payload)
        self.made.append(Addition("payloads", name, {"value": value}))
        self._known.append(name)
        return name


def read_payload(given: str) -> Any:
    """A payload's value: JSON where it begins like it, else the text itself. Raises AnswerError."""
    if not given:
        raise AnswerError("expected a value")
    if given[0] not in '{["-0123456789' and given not in ("true", "false", "null"):
        return given
    file, problems = read_json("", given.encode())
    if problems:
        raise AnswerError(f"this is no JSON: {problems[0].message}")
    if file.value is None or isinstance(file.value, list):
        raise AnswerError("expected a text, a number, true, false or an object; put a list into an object")
    return json.loads(given)
