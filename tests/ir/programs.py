"""Small programs built by hand, for tests of the IR."""

from __future__ import annotations

from decision_engine.ir import Builder, Node, Program
from decision_engine.ir.nodes import Decision, FeatureSpec, Leaf, Number, Payload, Source

FEATURE = FeatureSpec("spend", "number", ("session", "spend"), None, None, None, None, None, (), 1, 1)
OTHER = FeatureSpec("age", "number", ("session", "age"), None, None, None, None, None, (), 1, 1)


def program(*nodes: Node, leaves: int = 3, inputs: tuple[Source, ...] = (Number("spend"), Number("age"))) -> Program:
    """One decision whose outcome is the last node."""
    builder = Builder(share=False)
    for node in nodes:
        builder.add(node)
    decision = Decision("d", len(nodes) - 1, tuple(Leaf(0, "DEFAULT", None) for _ in range(leaves)), (), 0)
    payloads = (Payload("p", "1"),)
    return Program(
        "sha256:" + "0" * 64, (FEATURE, OTHER), inputs, (), (), payloads, builder.nodes(), (decision,), (), None
    )
