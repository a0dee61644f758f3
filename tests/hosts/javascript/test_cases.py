"""The JavaScript host on the cases in tests/conformance/hosts, which the Python host passes too."""

from typing import Any

import pytest

from tests.hosts.javascript.node import bits, exact, run
from tests.hosts.python.shared import joined, load

pytestmark = pytest.mark.node


def test_strict_json() -> None:
    cases = load("strict_json.json")
    texts = [case.get("input_hex") or joined(case.get("input", case.get("pieces"))).encode().hex() for case in cases]
    for case, answer in zip(cases, run([{"strict_json": text} for text in texts]), strict=True):
        if "code" in case:
            assert answer.get("error", {}).get("code") == case["code"], case["name"]
        else:
            assert "value" in answer, case["name"]
            assert "value" not in case or answer["value"] == exact(case["value"]), case["name"]


def test_timestamps() -> None:
    cases = load("timestamps.json")
    answers = run([{"timestamp": text} for text, _ in cases])
    assert [(case[0], answer["ms"]) for case, answer in zip(cases, answers, strict=True)] == list(map(tuple, cases))


def test_versions() -> None:
    cases = load("versions.json")
    ascending = cases["ascending"]
    for place, answer in enumerate(run([{"version": text, "among": ascending} for text in ascending])):
        assert answer["rank"] == 2 * place + 1
        order = [(number > 0) - (number < 0) for number in answer["order"]]
        assert order == [1] * place + [0] + [-1] * (len(ascending) - place - 1)
    for place, answer in enumerate(
        run([{"version": text, "among": ascending[:i] + ascending[i + 1 :]} for i, text in enumerate(ascending)])
    ):
        assert answer["rank"] == 2 * place
    equal = run([{"version": left, "among": [right]} for left, right in cases["equal"]])
    assert all(answer["order"] == [0] for answer in equal)
    assert all(answer["valid"] for answer in run([{"version": text} for text in cases["valid"]]))
    assert not any(answer["valid"] for answer in run([{"version": text} for text in cases["invalid"]]))


def test_murmur() -> None:
    cases = load("murmur.json")
    vectors = cases["texts"] + cases["bytes"]
    lines = [{"murmur": case.get("hex", case.get("text", "").encode().hex()), "seed": case["seed"]} for case in vectors]
    assert [answer["hash"] for answer in run(lines)] == [case["hash"] for case in vectors]


def test_cookies() -> None:
    cases = load("cookies.json")
    headers = [joined(case.get("header", case.get("pieces"))) for case in cases]
    for case, answer in zip(cases, run([{"cookies": header} for header in headers]), strict=True):
        if "cookies" in case:
            assert answer["cookies"] == case["cookies"], case["name"]
        else:
            assert sorted(answer["cookies"]) == case["names"], case["name"]


def test_values() -> None:
    values = load("values.json")
    lines: list[dict[str, Any]] = []
    expected: list[Any] = []
    for group in values["groups"]:
        feature = group["feature"]
        width = len(feature["inputs"])
        lines.append({"load": {"tables": alone(feature, group["automata"]), "codes": []}})
        expected.append({})
        for row in group["rows"]:
            lines.append({"encode": row.get("request", nested(feature["path"], row.get("raw"))), "at": values["at"]})
            vector = [bits(number) for number in row["vector"] or [None] * width]
            expected.append({"vector": vector, "features": [[feature["name"], row["status"], row.get("age")]]})
    for line, answer, wanted in zip(lines, run(lines), expected, strict=True):
        assert answer == wanted, line


def alone(feature: dict[str, Any], automata: list[Any]) -> dict[str, Any]:
    tables: dict[str, Any] = load("tables.json") | {"features": [feature], "automata": automata, "now": None}
    return tables | {"width": len(feature["inputs"]), "units": [], "clocks": []}


def nested(path: list[str], raw: Any) -> Any:
    for key in reversed(path):
        raw = {key: raw}
    return raw


def test_units_and_clocks() -> None:
    cases = load("encode.json")
    lines = [{"load": {"tables": load("tables.json"), "codes": []}}]
    lines += [{"encode": case["request"], "at": case["at"]} for case in cases]
    for case, answer in zip(cases, run(lines)[1:], strict=True):
        elements = {place: bits(number) for place, number in case["vector"].items()}
        assert {place: answer["vector"][int(place)] for place in elements} == elements, case["name"]


def test_http() -> None:
    document = load("http.json")
    lines: list[dict[str, Any]] = []
    for case in document["cases"]:
        codes = None if case.get("fails") else case.get("codes", document["codes"])
        lines.append({"load": {"tables": load("tables.json"), "codes": codes, "target": document["target"]}})
        lines.append({"http": http_line(case["request"], document)})
    for case, answer in zip(document["cases"], run(lines)[1::2], strict=True):
        expected = case["response"]
        headers = {name: value for name, value in expected["headers"].items() if value is not None}
        assert answer["response"] == {**expected, "headers": headers}, case["name"]
        elements = {place: bits(number) for place, number in case.get("vector", {}).items()}
        assert {place: answer["vector"][int(place)] for place in elements} == elements, case["name"]


def http_line(request: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    body = request.get("body_hex") or joined(request.get("body", request.get("body_pieces", ""))).encode().hex()
    kept = {name: request[name] for name in ("method", "target", "headers", "geo", "device") if name in request}
    return kept | {"body": body, "at": document["at"], "new_id": document["new_id"]}
