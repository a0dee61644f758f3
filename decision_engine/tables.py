"""The tables that drive both hosts: a program's inputs and outcomes as one JSON document (docs/reference/host.md)."""

from __future__ import annotations

import json
from typing import assert_never

from decision_engine.compact_json import Json, compact
from decision_engine.hosts.python.tables import Tables
from decision_engine.ir.nodes import (
    IR_VERSION,
    Clock,
    Decision,
    FeatureSpec,
    Leaf,
    Level,
    NamedHash,
    Now,
    Number,
    Program,
    Ranking,
    Source,
    Tag,
    TextTest,
    UnitHash,
    VersionRank,
)
from decision_engine.reasons import Reason
from decision_engine.targets.analysis import lay_out_codes
from decision_engine.visitor_tables import visitor_table
from decision_engine.zones import offset_changes

TABLES_VERSION = 2


def tables(program: Program) -> Tables:
    """The tables document of `program`."""
    layout = lay_out_codes(program.decisions)
    found: Tables = {
        "tables": TABLES_VERSION,
        "ir": IR_VERSION,
        "registry": program.registry,
        "width": len(program.inputs),
        "codes": layout.size,
        "features": [_feature(program, feature) for feature in program.features],
        "units": _units(program),
        "now": next((index for index, source in enumerate(program.inputs) if isinstance(source, Now)), None),
        "clocks": _clocks(program),
        "automata": [
            {
                "bounds": list(automaton.bounds),
                "next": list(automaton.next),
                "accepting": list(automaton.accepting),
            }
            for automaton in program.automata
        ],
        "identity": _identity(program),
        "payloads": [payload.json for payload in program.payloads],
        "decisions": [
            _decision(program, decision, offsets)
            for decision, offsets in zip(program.decisions, layout.rankings, strict=True)
        ],
    }
    if program.service is not None:
        found["service"] = json.loads(program.service)
    if (visitor := visitor_table(program)) is not None:
        found["visitor"] = visitor
    return found


def feature_table(feature: FeatureSpec, inputs: tuple[tuple[int, Source], ...] = ()) -> Json:
    """The entry of one feature, with its inputs and their places in the vector."""
    default = list(feature.default) if isinstance(feature.default, tuple) else feature.default
    return {
        "name": feature.name,
        "type": feature.type,
        "path": list(feature.path),
        "default": default,
        "values": None if feature.values is None else list(feature.values),
        "low": feature.low,
        "high": feature.high,
        "max_age": feature.max_age,
        "purposes": list(feature.purposes),
        "inputs": [{"at": index, **_input(source)} for index, source in inputs],
        **({} if feature.reading is None else {"reading": feature.reading}),
    }


def _feature(program: Program, feature: FeatureSpec) -> Json:
    places = enumerate(program.inputs)
    return feature_table(
        feature, tuple((at, source) for at, source in places if getattr(source, "feature", None) == feature.name)
    )


def _input(source: Source) -> dict[str, Json]:
    match source:
        case Number():
            return {"kind": "number"}
        case Level(_, levels):
            return {"kind": "level", "levels": list(levels)}
        case Tag(_, tag):
            return {"kind": "tag", "tag": tag}
        case TextTest(_, test, operand, automaton):
            return {"kind": test, "operand": operand} if automaton is None else {"kind": test, "automaton": automaton}
        case VersionRank(_, versions):
            return {"kind": "version", "versions": list(versions)}
        case UnitHash() | NamedHash() | Now() | Clock():
            raise AssertionError("not a feature's input")
        case _:
            assert_never(source)


def _units(program: Program) -> list[Json]:
    places: dict[str, dict[str, Json]] = {}
    for index, source in enumerate(program.inputs):
        if isinstance(source, UnitHash):
            places.setdefault(source.unit, {"name": source.unit, "a": None, "b": None})[source.half] = index
    named: dict[str, list[Json]] = {}
    for index, source in enumerate(program.inputs):
        if isinstance(source, NamedHash):
            seed = {"bucketing": source.bucketing, "before": source.before, "after": source.after}
            named.setdefault(source.unit, []).append({"at": index, **seed})
    for unit, hashes in named.items():
        places.setdefault(unit, {"name": unit, "a": None, "b": None})["named"] = hashes
    return list(places.values())


def _clocks(program: Program) -> list[Json]:
    clocks: dict[str, dict[str, Json]] = {}
    for index, source in enumerate(program.inputs):
        if isinstance(source, Clock):
            clock = clocks.setdefault(source.zone, {"zone": source.zone, "weekday": None, "minute": None})
            clock[source.part] = index
    for name, clock in clocks.items():
        clock["changes"] = [list(change) for change in offset_changes(name)]
    return list(clocks.values())


def _identity(program: Program) -> Json:
    identity = program.identity
    if identity is None:
        return None
    return {
        "unit": identity.unit,
        "cookie": identity.cookie,
        "max_age": identity.max_age,
        "set_cookie": identity.set_cookie,
    }


def _decision(program: Program, decision: Decision, offsets: tuple[int, ...]) -> Json:
    return {
        "name": compact(decision.name),
        "neutral": _leaf(program, decision.leaves[decision.neutral]),
        "leaves": [_leaf(program, leaf) for leaf in decision.leaves],
        "rankings": [_ranking(program, ranking, at) for ranking, at in zip(decision.rankings, offsets, strict=True)],
    }


def _leaf(program: Program, leaf: Leaf) -> Json:
    mode = "neutral" if leaf.reason == Reason.ERROR else "edge"
    told = {"rule": leaf.rule, "experiment": leaf.experiment, "variation": leaf.variation}
    asks: dict[str, Json] = {} if leaf.ask is None else {"ask": leaf.ask}
    tail = {"reason": leaf.reason, **told, "mode": mode, **asks}
    metadata = {"mode": mode, **asks, **{name: value for name, value in told.items() if value is not None}}
    ofrep = {"reason": _OFREP_REASONS.get(leaf.reason, "UNKNOWN"), "metadata": {**metadata, "reason": leaf.reason}}
    return {
        "outcome": None if leaf.payload is None else compact(program.payloads[leaf.payload].key),
        "payload": leaf.payload,
        "tail": compact(tail)[1:],
        "ofrep": compact(ofrep)[1:],
        **asks,
    }


def _ranking(program: Program, ranking: Ranking, at: int) -> Json:
    items = [
        {"outcome": compact(program.payloads[item.payload].key), "payload": item.payload} for item in ranking.candidates
    ]
    return {"leaf": ranking.leaf, "at": at, "top": ranking.top, "items": items}


_OFREP_REASONS: dict[str, str] = {
    Reason.STATIC: "STATIC",
    Reason.TARGETING_MATCH: "TARGETING_MATCH",
    Reason.SPLIT: "SPLIT",
    Reason.DISABLED: "DISABLED",
}
"""OFREP 0.3.0 knows these reasons only. DEFAULT becomes UNKNOWN and not STATIC, because clients may cache what is
STATIC."""
