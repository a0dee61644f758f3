"""The vectors of bucketing hold in the product and in every target: hashes, buckets, bounds of shares and weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from decision_engine.bucketing import bound, bucket, salt_word, weight_bounds
from decision_engine.hosts.python.murmur import SEED_A, SEED_B, halves
from decision_engine.ir import verify
from decision_engine.ir.nodes import (
    Bucket,
    Choose,
    Code,
    Compare,
    Comparison,
    Decision,
    Input,
    Leaf,
    Now,
    Payload,
    Program,
    UnitHash,
)
from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.engine import WasmEngine
from tests.hosts.javascript.node import run
from tests.targets.node_session import NodeSession
from tests.targets.python.load import load

VECTORS = json.loads((Path(__file__).parent / "bucketing" / "vectors.json").read_text(encoding="utf-8"))
SALTS = sorted({vector["salt"] for vector in VECTORS["buckets"]})


def test_the_product() -> None:
    for vector in VECTORS["buckets"]:
        assert halves(vector["unit"].encode()) == (vector["a"], vector["b"])
        assert salt_word(vector["salt"]) == vector["s"]
        assert bucket(vector["a"], vector["b"], vector["s"]) == vector["bucket"]
    assert [bound(vector["fraction"]) for vector in VECTORS["bounds"]] == [
        vector["bound"] for vector in VECTORS["bounds"]
    ]
    for vector in VECTORS["weights"]:
        assert list(weight_bounds(vector["weights"])) == vector["bounds"]


def test_python_and_wasm() -> None:
    engine = WasmEngine(emit_wasm(comparing()).content)
    decide = load(emit_python(comparing())).decide
    assert engine.decide_rows(np.array(rows())).tolist() == wanted()
    assert [list(decide(row)) for row in rows()] == wanted()
    for vector in VECTORS["buckets"]:
        unit = vector["unit"].encode()
        assert (engine.hash(unit, SEED_A), engine.hash(unit, SEED_B)) == (vector["a"], vector["b"])


@pytest.mark.node
def test_javascript(node: Path) -> None:
    with NodeSession(node) as session:
        session.load(emit_javascript(comparing()))
        assert session.decide(rows(), len(SALTS)) == wanted()
    units = {vector["unit"]: vector for vector in VECTORS["buckets"]}
    lines = [{"murmur": unit.encode().hex(), "seed": seed} for unit in units for seed in (SEED_A, SEED_B)]
    expected = [{"hash": vector[half]} for vector in units.values() for half in ("a", "b")]
    assert run(lines) == expected


def comparing() -> Program:
    """A program with a decision for each salt: code 1 when the unit's bucket is the third input."""
    nodes: list[Any] = [Input(0), Input(1), Input(2), Code(0), Code(1)]
    decisions: list[Decision] = []
    leaves = (Leaf(0, "DEFAULT", None), Leaf(0, "TARGETING_MATCH", 0))
    for salt in SALTS:
        nodes.append(Bucket(0, 1, salt_word(salt)))
        nodes.append(Compare(Comparison.EQUAL, len(nodes) - 1, 2))
        nodes.append(Choose(((len(nodes) - 1, 4),), 3))
        decisions.append(Decision(f"d{len(decisions)}", len(nodes) - 1, leaves, (), 0))
    inputs = (UnitHash("visitor", "a"), UnitHash("visitor", "b"), Now())
    payloads = (Payload("p", "1"),)
    digest = "sha256:" + "0" * 64
    return verify(Program(digest, (), inputs, (), (), payloads, tuple(nodes), tuple(decisions), ("visitor",), None))


def rows() -> list[list[float]]:
    return [[float(vector["a"]), float(vector["b"]), float(vector["bucket"])] for vector in VECTORS["buckets"]]


def wanted() -> list[list[int]]:
    """The bucket of a vector is right under its own salt; that two salts give a unit the same bucket is ruled out."""
    return [[int(salt == vector["salt"]) for salt in SALTS] for vector in VECTORS["buckets"]]
