"""Requests through the service: both hosts, and both ways of the JavaScript host, on the shared cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.service.shared import http_request, python_service, run_node, shown, write_folder

CASES = Path(__file__).parents[1] / "conformance" / "consent" / "requests.json"


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(CASES.read_text(encoding="utf-8"))
    return found


def outcomes(body: str) -> dict[str, Any]:
    """What an answer says, and its text where it answers no decision."""
    found = json.loads(body) if body else {}
    if "decisions" in found:
        return {"outcomes": {name: decided["outcome"] for name, decided in found["decisions"].items()}}
    if "flags" in found:
        return {"outcomes": {flag["key"]: flag.get("variant") for flag in found["flags"]}}
    return {"body": body}


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    told = {name: found[name] for name in ("status", "cookie", "rulings")} | outcomes(found["body"])
    assert told | {"features": found["features"]} == {"features": None} | expected


@pytest.mark.parametrize("case", document()["cases"], ids=lambda case: case["name"])
def test_python(case: dict[str, Any]) -> None:
    compare(shown(python_service(document()["setup"]).serve(http_request(case["http"]))), case["expected"])


@pytest.mark.node
def test_javascript(tmp_path: Path) -> None:
    cases = document()["cases"]
    service = python_service(document()["setup"])
    operations = [{"http": case["http"]} for case in cases]
    # Twice: what was remembered of the first time says the same.
    answers = run_node(write_folder(tmp_path), [{"open": document()["setup"]}, *operations, *operations])[1:]
    viewed = 0
    for case, found in zip([*cases, *cases], answers, strict=True):
        compare(found, case["expected"])
        python = shown(service.serve(http_request(case["http"])))
        assert found["body"] == python["body"], case["name"]
        if "page" in found:
            viewed += 1
            assert found["page"] == found["body"], case["name"]
    assert viewed > len(cases), "most of the cases are page views"


def test_a_killed_service_allows_nothing() -> None:
    setup = document()["setup"] | {"killed": True}
    case = next(case for case in document()["cases"] if case["name"] == "a whole TC string")
    found = shown(python_service(setup).serve(http_request(case["http"])))
    assert found["rulings"] == [[name, False, "killed"] for name in ("storage", "personalisation", "analytics")]


def test_a_host_whose_platform_has_no_service_allows_nothing() -> None:
    """An adapter that runs no gate must not serve what the gate would deny."""
    case = next(case for case in document()["cases"] if case["name"] == "a whole TC string")
    service = python_service(document()["setup"])
    bare = json.loads(service.host.respond(http_request(case["http"])).body)
    assert bare["decisions"]["dark_mode"]["outcome"] == "is_off"
