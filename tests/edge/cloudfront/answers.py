"""From the headers of a function to the answer that the other hosts give: so that both are compared byte for byte."""

from __future__ import annotations

from collections.abc import Mapping

from decision_engine.hosts.python import Host
from decision_engine.ir import Program
from decision_engine.tables import tables
from decision_engine.targets.analysis import lay_out_codes

Json = object


def answer(program: Program, found: Mapping[str, str], request: dict[str, Json], at: int) -> str:
    """The answer's text for the leaves and outcomes in `found`, the headers of one request."""
    layout = lay_out_codes(program.decisions)
    codes = [0] * layout.size
    leaves = [int(leaf) for leaf in found["leaves"].split(".")]
    for index, (decision, leaf) in enumerate(zip(program.decisions, leaves, strict=True)):
        codes[index] = leaf
        shown = found[decision.name.replace("_", "-")].split(",")
        ranking = next((number for number, one in enumerate(decision.rankings) if one.leaf == leaf), None)
        if ranking is None:
            payload = decision.leaves[leaf].payload
            assert payload is not None
            assert shown == [program.payloads[payload].key]
            continue
        keys = [program.payloads[one.payload].key for one in decision.rankings[ranking].candidates]
        place = layout.rankings[index][ranking]
        codes[place : place + 1 + len(shown)] = [len(shown), *map(keys.index, shown)]
    host = Host(tables(program), lambda vector: codes, target="cloudfront")
    return host.render(codes, request, at)
