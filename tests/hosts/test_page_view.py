"""A page view that brings an object: what the engine reads by itself is answered as by the routes, to the byte."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from decision_engine.artefact import tables_json
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.tables import tables
from decision_engine.targets.wasm import emit_wasm
from feature_registry import load
from tests.hosts.hostile import NOW
from tests.hosts.javascript.node import run
from tests.hosts.objects import encoded, odd_object, plain_object

pytestmark = pytest.mark.node

ROOT = Path(__file__).resolve().parents[2]
DECIDE = "/.edgewise/decide?d="
COOKIES = ["shop_visitor=v1", "theme=dark", 'a=b; shop_visitor="v%C3%A9"', ""]
HINTS: list[dict[str, str]] = [
    {},
    {"sec-ch-ua-mobile": "?1", "sec-ch-ua-platform": '"Android"'},
    {"sec-ch-ua-platform": '"Windows"'},
    {"sec-gpc": "1"},
]


def test_an_object_is_answered_as_by_the_routes(tmp_path: Path) -> None:
    program = compile_program(load(ROOT / "examples" / "online_shop" / "registry", SIGNATURES), edge_only=True)
    (tmp_path / "tables.json").write_bytes(tables_json(program))
    (tmp_path / "program.wasm").write_bytes(emit_wasm(program, reader=True).content)
    source = Random(20261134)
    document = tables(program)
    texts = [encoded((plain_object, odd_object)[number % 2](source, document), source) for number in range(6000)]
    lines: list[dict[str, Any]] = [
        {
            "method": "GET",
            "target": DECIDE + text,
            "document": text,
            "headers": source.choice(HINTS) | {"cookie": source.choice(COOKIES)},
            "geo": source.choice([None, {"country": "AT"}, {"country": 5}]),
            "device": None,
            "at": NOW + number * 3_600_000,
            "new_id": f"id-{number}",
        }
        for number, text in enumerate(texts)
    ]
    views = run([{"view": line} for line in lines], tmp_path)
    answers = run([{"http": line} for line in lines], tmp_path)
    seen = 0
    for line, view, answer in zip(lines, views, answers, strict=True):
        if view["view"] is None:
            continue
        response = answer["response"]
        seen += 1
        assert response["status"] == 200
        assert response["headers"].keys() == {"content-type", "cache-control"}
        assert view["view"] == response["body"], line
    assert 3000 < seen < 5900, seen
