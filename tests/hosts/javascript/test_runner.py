"""The runner over artefacts of both emitters: the same answers, and scores to the last bit."""

import json
from pathlib import Path

import pytest

from decision_engine.hosts.javascript import WASM_HOST_FILES, host_sources
from decision_engine.ir import nodes as ir
from decision_engine.targets.javascript import emit_javascript
from decision_engine.targets.wasm.emit import emit_wasm
from decision_engine.trees.forest import Forest, Split, Transform, Tree, View
from tests.hosts.javascript.node import bits, run
from tests.hosts.python.shared import load

pytestmark = pytest.mark.node

AT = 1763712000000
TREES = (Tree((Split(0, 0.5, True, -1, -2),), (0.1, 0.2)), Tree((Split(1, -1.0, False, -1, -2),), (0.7, 1e-17)))
FOREST = Forest("offer_score", ("page_values", "country"), (View(0, Transform.AS_IS), View(1, Transform.AS_IS)), TREES)


def program() -> ir.Program:
    """Decides as tests/hosts/engine.py, and ranks the offers by `FOREST`."""
    leaf = ir.Leaf(0, "DEFAULT", None)
    nodes = (
        ir.Input(0), ir.Constant(2.0), ir.Compare(ir.Comparison.EQUAL, 0, 1), ir.Input(15), ir.Present(3),
        ir.Code(0), ir.Code(1), ir.Code(2), ir.Choose(((2, 6), (4, 7)), 5),
        ir.Input(1), ir.Constant(10.0), ir.Compare(ir.Comparison.LESS, 10, 9), ir.Choose(((11, 6),), 5),
        ir.Truth(True), ir.Score(0, (9, 0), 0), ir.Constant(0.15),
    )  # fmt: skip
    candidates = (ir.Candidate(0, 13, 15), ir.Candidate(1, 13, 14))
    return ir.Program(
        registry="sha256:0",
        features=(),
        inputs=tuple(ir.Number(f"feature_{index}") for index in range(22)),
        automata=(),
        forests=(FOREST,),
        payloads=tuple(ir.Payload(str(index), "1") for index in range(6)),
        nodes=nodes,
        decisions=(
            ir.Decision("home_hero", 8, (leaf, leaf, leaf), (), 0),
            ir.Decision("offers", 12, (leaf, ir.Leaf(None, "TARGETING_MATCH", 0)), (ir.Ranking(1, candidates, 2),), 0),
            ir.Decision("banner", 5, (leaf,), (), 0),
        ),
        units=("visitor_id",),
        identity=None,
    )


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artefact")
    (folder / "tables.json").write_text(json.dumps(load("tables.json")), encoding="utf-8")
    (folder / "program.js").write_text(emit_javascript(program()), encoding="utf-8")
    (folder / "program.wasm").write_bytes(emit_wasm(program()).content)
    return folder


def test_both_engines_answer_alike(artefact: Path) -> None:
    lines = [
        {"request": {"geo": {"country": country}, "session": {"page_values": value}, "units": units}, "at": AT}
        for country in ("DE", "AT", None)
        for value in (-1, 0.25, 10, 11, None)
        for units in ({}, {"visitor_id": "v\u00e9"})
    ]
    answers = run(lines, artefact, "--engine", "wasm")
    assert answers == run(lines, artefact, "--engine", "javascript")
    outcomes = [json.loads(answer["answer"])["decisions"]["home_hero"]["outcome"] for answer in answers]
    assert outcomes == ["hero_buyer"] * 10 + ["hero_default", "hero_bold"] * 10


@pytest.mark.parametrize("engine", ["wasm", "javascript"])
def test_scores_are_exact(artefact: Path, engine: str) -> None:
    rows = [[bits(0.5), bits(-1.0)], [bits(0.6), bits(None)], [bits(None), bits(5)]]
    (answer,) = run([{"scores": {"model": 0, "rows": rows}}], artefact, "--engine", engine)
    assert answer["scores"] == [[bits(0.1 + 0.7)], [bits(0.2 + 1e-17)], [bits(0.1 + 1e-17)]]


def test_an_artefact_may_bring_its_own_host(artefact: Path, tmp_path: Path) -> None:
    for name in ("tables.json", "program.wasm"):
        (tmp_path / name).write_bytes((artefact / name).read_bytes())
    for name, content in host_sources(WASM_HOST_FILES).items():
        (tmp_path / name).write_bytes(content.replace(b'{"decisions":', b'{"own":true,"decisions":'))
    (answer,) = run([{"request": {}, "at": AT}], tmp_path)
    assert json.loads(answer["answer"])["own"] is True


def test_a_refused_request_has_a_code(artefact: Path) -> None:
    lines = [{"request": {"decisions": ["nope"]}, "at": AT}, {"unknown": 1}]
    refused, unknown = run(lines, artefact)
    assert refused["error"] == {"code": "unknown-decision", "message": "unknown decision `nope`"}
    assert unknown["error"]["code"] == "exception"
