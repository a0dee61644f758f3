"""What hosts written for few bytes do not know: named bucketings and readings."""

from __future__ import annotations

import json

from decision_engine.ir.nodes import NamedHash, Program
from decision_engine.targets.errors import TargetError


def refuse_imported(program: Program, target: str) -> None:
    """Raise TargetError when a program needs what only the whole host computes."""
    named = next((source for source in program.inputs if isinstance(source, NamedHash)), None)
    read = next((feature for feature in program.features if feature.reading is not None), None)
    if named is not None:
        found = f"the bucketing `{named.bucketing}` of `{named.unit}`"
    elif read is not None:
        found = f"the reading `{read.reading}` of the feature `{read.name}`"
    else:
        return
    message = f"expected only what the small host of `{target}` computes, found {found}"
    raise TargetError("not-at-platform", message, help="compile for a target with the whole host, such as `cloudflare`")


def gated_purposes(program: Program) -> frozenset[str]:
    """The purposes that a consent gate decides: where there is no room for the gate, all of them are denied."""
    gate = None if program.service is None else json.loads(program.service).get("gate")
    return frozenset() if gate is None else frozenset(one["name"] for one in gate["configuration"]["purposes"])
