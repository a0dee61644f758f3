"""What the cloud may answer: strict JSON of the contract, of this registry, about decisions that were asked, with
outcomes and candidates that they have. One thing that is not so, and the whole answer counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ..errors import RequestError
from ..leaves import Replacement
from ..strict_json import parse_object
from .question import CONTRACT, Asked, Choice, Choices

LONGEST_NAME = 128

Keys: TypeAlias = str | list[str]
"""An outcome's key, or those of a ranking."""

_MEMBERS = {"contract", "registry", "decisions", "model"}


class Answer(NamedTuple):
    """What was answered by decision; `reason` says why it counts for nothing, and is None when it counts."""

    reason: str | None
    decisions: Mapping[str, Keys]


def read_answer(body: bytes, registry: str, asked: Sequence[Asked], choice_at: Choices) -> Answer:
    """Read an answer; nothing is raised."""
    try:
        found = parse_object(body)
    except RequestError as error:
        return refused("too-large" if error.code == "too-large" else "not-json")
    version, given = found.get("contract"), found.get("decisions")
    if not found.keys() <= _MEMBERS or isinstance(version, bool) or version != CONTRACT:
        return refused("bad-answer")
    if "model" in found and not _is_name(found["model"]):
        return refused("bad-answer")
    if found.get("registry") != registry:
        return refused("other-registry" if _is_name(found.get("registry")) else "bad-answer")
    if not isinstance(given, dict):
        return refused("bad-answer")
    decisions: dict[str, Keys] = {}
    for name, outcome in given.items():
        one = next((each for each in asked if each.name == name), None)
        keys = None if one is None else _read_outcome(outcome, choice_at(one.number), one.code)
        if keys is None:
            return refused("bad-answer")
        decisions[name] = keys
    return Answer(None, decisions)


def refused(reason: str) -> Answer:
    """An answer that counts for nothing."""
    return Answer(reason, {})


def replacement_of(keys: Keys, choice: Choice, code: int, payloads: Sequence[str]) -> Replacement:
    """The outcome that an answer puts in the place of a decision's own."""
    if isinstance(keys, str):
        return Replacement(keys, payloads[choice.outcomes[keys]])
    items = choice.rankings[code].items
    texts = [f'{{"key":{json.dumps(key, ensure_ascii=False)},"value":{payloads[items[key]]}}}' for key in keys]
    return Replacement(keys[0], f'{{"items":[{",".join(texts)}]}}')


def _read_outcome(given: object, choice: Choice, code: int) -> Keys | None:
    if not isinstance(given, dict) or len(given) != 1:
        return None
    ranking = choice.rankings.get(code)
    if ranking is None:
        outcome = given.get("outcome")
        return outcome if isinstance(outcome, str) and outcome in choice.outcomes else None
    items = given.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= ranking.top:
        return None
    is_known = all(isinstance(key, str) and key in ranking.items for key in items)
    return items if is_known and len(set(items)) == len(items) else None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_NAME
