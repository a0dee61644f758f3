"""What a function sees of a visitor: the device's type, the best language, and no local time."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python.visitor import observe_type
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.targets.errors import TargetError
from feature_registry import load
from functions.edge.cloudfront.build import build_cloudfront
from tests.conftest import ROOT
from tests.edge.cloudfront.njs import NEEDS_NJS, Call, event, headers, run

TYPES = ["desktop", "mobile", "tablet", "tv", "bot", "other"]
DATA = ROOT / "tests" / "conformance" / "visitor"
CASES = json.loads((DATA / "device.json").read_text(encoding="utf-8"))["cases"]
LANGUAGES = json.loads((DATA / "language.json").read_text(encoding="utf-8"))["cases"]
UNREAD = ("user-agent", "sec-ch-ua-form-factors")
"""Headers that a function leaves to the whole host."""


def compiled(folder: Path, feature: Any, condition: Any) -> Any:
    document = {
        "features": {"seen": feature},
        "payloads": {f"p{place}": {"value": place} for place in range(7)},
        "decisions": {
            "d": {"rules": [{"if": test, "show": f"p{at + 1}"} for at, test in enumerate(condition)], "otherwise": "p0"}
        },
    }
    path = folder / "registry.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return compile_program(load(path, SIGNATURES))


@NEEDS_NJS
def test_the_type_of_a_device(tmp_path: Path) -> None:
    feature = {"type": "category", "from": "device.type", "values": TYPES}
    program = compiled(tmp_path, feature, [{"feature": "seen", "is": kind} for kind in TYPES])
    code = build_cloudfront(program).files["function.js"].decode()
    sent = [{name: value for name, value in case["headers"].items() if name not in UNREAD} for case in CASES]
    ran = run(code, [Call(event(sent=one), 0) for one in sent], tmp_path)
    told = Counter[str]()
    for one, request in zip(sent, ran.returned, strict=True):
        kind = observe_type(one, "cloudfront") or "missing"
        assert headers(request)["d"] == f"p{TYPES.index(kind) + 1 if kind in TYPES else 0}", one
        told[kind] += 1
    assert ran.log == []
    assert set(told) == {"desktop", "mobile", "tablet", "tv", "missing"}, told


@NEEDS_NJS
def test_the_best_language(tmp_path: Path) -> None:
    by_values: dict[str, list[Any]] = {}
    for case in LANGUAGES:
        by_values.setdefault(json.dumps(case["values"]), []).append(case)
    for listed, cases in by_values.items():
        values = json.loads(listed)
        told = values or sorted({case["best"] for case in cases if case["best"]})
        kind = {"type": "category", "values": values} if values else {"type": "text"}
        feature = {**kind, "from": "language.best"}
        program = compiled(tmp_path, feature, [{"feature": "seen", "is": one} for one in told])
        code = build_cloudfront(program).files["function.js"].decode()
        ran = run(code, [Call(event(sent={"accept-language": case["header"]}), 0) for case in cases], tmp_path)
        assert ran.log == []
        for case, request in zip(cases, ran.returned, strict=True):
            place = 0 if case["best"] is None else told.index(case["best"]) + 1
            assert headers(request)["d"] == f"p{place}", case


@pytest.mark.parametrize(
    ("path", "feature"),
    [
        ("local.hour", {"type": "number"}),
        ("local.part_of_day", {"type": "category", "values": ["night"]}),
    ],
)
def test_local_times_are_refused(path: str, feature: Any, tmp_path: Path) -> None:
    program = compiled(tmp_path, {**feature, "from": path}, [{"feature": "seen", "is_missing": True}])
    with pytest.raises(TargetError) as caught:
        build_cloudfront(program)
    assert caught.value.code == "not-at-platform"
    assert f"`{path}` in feature `seen`" in caught.value.message
