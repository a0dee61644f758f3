"""Rules about decisions and payloads: what the shop's pages rely on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf

from feature_registry.compatibility.graph import Graph
from feature_registry.compatibility.rule import (
    Comparison,
    CompatibilityRule,
    Hit,
    Told,
    Weight,
    changed,
    duration,
    in_decisions,
    in_payloads,
    shown,
)
from feature_registry.compatibility.schemas import compare_schemas
from feature_registry.documents import DecisionDocument, Payload
from feature_registry.json_reader import pointer_to


def _removed(both: Comparison) -> Iterator[Hit]:
    for name in both.affected.removed:
        if both.old.decisions[name].status != "retired":
            yield Hit(("decisions", name), "", f"the decision `{name}` is removed")


def _narrowed(old: DecisionDocument, new: DecisionDocument) -> Told:
    if old.payload_schema is None or new.payload_schema is None:
        return None
    if not compare_schemas(old.payload_schema, new.payload_schema).narrower:
        return None
    return "/schema", "the schema may refuse payloads that it accepted"


def _loosened(old: DecisionDocument, new: DecisionDocument) -> Told:
    if old.payload_schema is None:
        return None
    if new.payload_schema is None:
        return "/schema", "the schema is gone"
    if not compare_schemas(old.payload_schema, new.payload_schema).wider:
        return None
    return "/schema", "the schema may accept payloads that it refused"


def _needs_dropped(old: DecisionDocument, new: DecisionDocument) -> Told:
    if old.needs.offline and not new.needs.offline:
        return "/needs/offline", "the decision need not work without the cloud any more"
    was, now = (inf if one.needs.latency is None else one.needs.latency for one in (old, new))
    if now <= was:
        return None
    return "/needs/latency", f"the time changes from {duration(old.needs.latency)} to {duration(new.needs.latency)}"


def _outcomes_removed(both: Comparison) -> Iterator[Hit]:
    for name in both.affected.changed:
        now = _outcomes(both.new_graph, name)
        gone = [key for key in _outcomes(both.old_graph, name) if key not in now]
        if gone:
            yield Hit(("decisions", name), "", f"no rule gives the outcome {shown(gone)} any more")


def _outcomes(graph: Graph, decision: str) -> dict[str, None]:
    """The payloads that a decision can show, in the order of the decision."""
    found: dict[str, None] = {}
    for kind, name in graph.targets(("decisions", decision)):
        if kind == "payloads":
            found[name] = None
        elif kind == "groups":
            found.update(dict.fromkeys(graph.registry.group(name)))
    return found


def _key_removed(old: Payload, new: Payload) -> Told:
    lost = list(_lost(old.value, new.value, ""))
    return (f"/value{lost[0]}", f"the payload loses {shown(lost)}") if lost else None


def _kind_changed(old: Payload, new: Payload) -> Told:
    other = list(_other_kinds(old.value, new.value, ""))
    return (
        (f"/value{other[0]}", f"values are of another kind at {shown([one or '/' for one in other])}")
        if other
        else None
    )


def _lost(old: object, new: object, at: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key, value in old.items():
            here = at + pointer_to(key)
            if key in new:
                yield from _lost(value, new[key], here)
            else:
                yield here


def _other_kinds(old: object, new: object, at: str) -> Iterator[str]:
    if _kind(old) != _kind(new):
        yield at
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key, value in old.items():
            if key in new:
                yield from _other_kinds(value, new[key], at + pointer_to(key))


def _kind(value: object) -> str:
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case Mapping():
            return "object"
        case _:
            return type(value).__name__


DECISION_RULES: tuple[CompatibilityRule, ...] = (
    CompatibilityRule(
        "decision-removed",
        Weight.BREAKING,
        "A decision is removed that was not retired.",
        "Pages that ask for it get no answer and show what they have built in.",
        'set "status": "retired" when no page asks for it any more, and remove it with a later release',
        _removed,
    ),
    CompatibilityRule(
        "decision-moved",
        Weight.BREAKING,
        "A decision moves from the edge to the cloud, or back.",
        "Pages that ask one place do not find it there while both releases are served.",
        "add a decision that runs at the new place, then move the pages over",
        in_decisions(lambda old, new: changed("/runs", old.runs, new.runs, "the place")),
    ),
    CompatibilityRule(
        "decision-schema-narrowed",
        Weight.BREAKING,
        "The schema of a decision may refuse payloads that it accepted.",
        "Payloads that others are writing by the old schema are refused.",
        "bring all payloads to the new form first, and allow it by name then",
        in_decisions(_narrowed),
    ),
    CompatibilityRule(
        "decision-schema-loosened",
        Weight.BREAKING,
        "The schema of a decision may accept payloads that it refused.",
        "Pages rely on what it promised: a title that is always there, a price that is a number.",
        "change the pages first, and allow it by name then",
        in_decisions(_loosened),
    ),
    CompatibilityRule(
        "decision-needs-dropped",
        Weight.NOTICE,
        "A decision may take longer, or need not work offline any more.",
        "Pages that wait for it may wait longer, or get the neutral outcome.",
        "tell those who look after the pages",
        in_decisions(_needs_dropped),
    ),
    CompatibilityRule(
        "decision-outcome-removed",
        Weight.NOTICE,
        "A decision no longer gives one of its outcomes.",
        "Reports by outcome end there, and pages that know the outcome by its key wait for it in vain.",
        "see whether a page or a report names the key",
        _outcomes_removed,
    ),
    CompatibilityRule(
        "payload-key-removed",
        Weight.BREAKING,
        "A payload that is shown loses a key of its value.",
        "Pages that read the key find nothing.",
        "keep the key until no page reads it",
        in_payloads(_key_removed),
    ),
    CompatibilityRule(
        "payload-kind-changed",
        Weight.BREAKING,
        "A value of a payload that is shown becomes another kind of value, such as text instead of a number.",
        "Pages that count with it, or look into it, fail.",
        "add a key with the new form beside the old one",
        in_payloads(_kind_changed),
    ),
)
