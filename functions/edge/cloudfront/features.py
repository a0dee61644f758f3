"""From a viewer-request event to the elements of the vector: a few statements of JavaScript for each feature.

The statements call functions of host.js and define `v0`, `v1`, ... for the elements that a program needs. What a
feature's default gives is computed here, by the Python host.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from decision_engine.hosts.python import Host
from decision_engine.ir.nodes import (
    Clock,
    FeatureSpec,
    Now,
    Program,
    Source,
    UnitHash,
)
from decision_engine.tables import tables
from decision_engine.targets.cloudfront.text import text
from functions.edge.cloudfront.automata import emit_automata, is_wide
from functions.edge.cloudfront.clocks import zone_expression
from functions.edge.cloudfront.readings import Reading
from functions.edge.small_hosts import gated_purposes

_AGED = re.compile(r'(const v\d+ = )(\w+)\(read_aged\((\d[\de]*), ("[^"]*"), ("[^"]*")\), (.*)\);')
_FEW = 3


def emit_features(program: Program, needed: frozenset[int]) -> tuple[str, list[str]]:
    """Declarations that stand before the program, and the statements that define the elements in `needed`.

    Raises TargetError for what the platform hides.
    """
    defaults = _defaults(program)
    wide = ["_wide" if is_wide(automaton) else "" for automaton in program.automata]
    lines = list(_denials(program))
    for number_, feature in enumerate(program.features):
        inputs = [(at, source) for at, source in enumerate(program.inputs) if at in needed and _reads(source, feature)]
        if inputs:
            lines += Reading(number_, feature, defaults, _purposes(program), wide).lines(inputs)
    lines += [*_units(program, needed), *_times(program, needed)]
    shapes, lines = _share_shapes(lines)
    return "\n".join([*emit_automata(program, needed), *shapes]), lines


def _purposes(program: Program) -> list[tuple[str, ...]]:
    """The sets of purposes that features have, in the order of first use."""
    return list(dict.fromkeys(feature.purposes for feature in program.features if feature.purposes))


def _denials(program: Program) -> Iterator[str]:
    """What a consent gate decides is denied: the function has no room for a gate, and nobody else has asked."""
    gated = gated_purposes(program)
    for place, purposes in enumerate(_purposes(program)):
        asked = " || ".join(f"is_denied({text(purpose)})" for purpose in purposes)
        yield f"const denied_{place} = {'true' if gated.intersection(purposes) else asked};"


def _reads(source: Source, feature: FeatureSpec) -> bool:
    return getattr(source, "feature", None) == feature.name


def _defaults(program: Program) -> Sequence[float]:
    """The vector of a request that gives nothing."""
    host = Host(tables(program), lambda vector: (), target="cloudfront")
    return host.encode({}, 0).vector


def _units(program: Program, needed: frozenset[int]) -> Iterator[str]:
    identity = program.identity
    halves = [(at, source) for at, source in enumerate(program.inputs) if at in needed and isinstance(source, UnitHash)]
    names = list(dict.fromkeys(source.unit for _, source in halves))
    if identity is not None and identity.set_cookie and identity.unit not in names:
        names.append(identity.unit)
    for place, name in enumerate(names):
        if identity is not None and name == identity.unit:
            may_draw = "request_id" if identity.set_cookie else "none"
            yield f"const unit_{place} = identify({text(name)}, {text(identity.cookie)}, {may_draw});"
        else:
            yield f"const unit_{place} = unit_given({text(name)});"
    for at, source in halves:
        unit = f"unit_{names.index(source.unit)}"
        yield f"const v{at} = {f'murmur({unit}, 0)' if source.half == 'a' else f'second_hash({unit})'};"


def _times(program: Program, needed: frozenset[int]) -> Iterator[str]:
    zones: dict[str, str] = {}
    for at, source in enumerate(program.inputs):
        if at not in needed:
            continue
        if isinstance(source, Now):
            yield f"const v{at} = at;"
        elif isinstance(source, Clock):
            if source.zone not in zones:
                zones[source.zone] = f"local_{len(zones)}"
                yield f"const {zones[source.zone]} = at + {zone_expression(source.zone)} * 6e4;"
            yield f"const v{at} = {source.part}({zones[source.zone]});"


def _share_shapes(lines: list[str]) -> tuple[list[str], list[str]]:
    """Features read in the same way, from the same group and with the same age, call one function."""
    found = [_AGED.fullmatch(line) for line in lines]
    shapes = Counter(one.group(2, 3, 4) for one in found if one)
    names = {shape: f"aged_{place}" for place, (shape, count) in enumerate(shapes.items()) if count >= _FEW}
    declared = [
        f"const {name} = (key, high, fallback, low) => {call}(read_aged({age}, {group}, key), high, fallback, low);"
        for (call, age, group), name in names.items()
    ]
    changed = [
        f"{one.group(1)}{names[shape]}({one.group(5)}, {one.group(6)});"
        if one and (shape := one.group(2, 3, 4)) in names
        else line
        for one, line in zip(found, lines, strict=True)
    ]
    return declared, changed
