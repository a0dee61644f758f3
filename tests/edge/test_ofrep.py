"""OFREP 0.3.0: both hosts hold its specification (schemathesis), and what the specification leaves to prose."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator

from tests.edge.ofrep_specification import CHANGES, COPY, NOTE_LINES, Specification, published, specification
from tests.edge.serving import FLAGS, REGISTRY, ROOT, Answer, Server

NAMES = list(json.loads(REGISTRY.read_text(encoding="utf-8"))["decisions"])
SCHEMA = schemathesis.openapi.from_dict(specification(NAMES))
GIVEN = ROOT.parent / "shared" / "conformance" / "ofrep" / "openapi.yaml"
ONE = f"{FLAGS}/home_hero"
MOST_BYTES = 65_536


@pytest.fixture(scope="module")
def statuses(server: Server) -> Iterator[Counter[int]]:
    """What the server answered to schemathesis: it must have asked for good and for bad."""
    counted: Counter[int] = Counter()
    yield counted
    assert not counted or {200, 400, 404, 405} <= counted.keys(), counted


@SCHEMA.parametrize()
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_the_specification_is_held(case: schemathesis.Case[Any], server: Server, statuses: Counter[int]) -> None:
    response = case.call(base_url=server.url)
    statuses[response.status_code] += 1
    case.validate_response(response)


def test_the_copy_of_the_specification_is_true() -> None:
    if not GIVEN.exists():
        pytest.skip("the published specification is not beside this checkout")
    text = COPY.read_bytes().split(b"\n", NOTE_LINES)[NOTE_LINES]
    assert text == GIVEN.read_bytes()


def test_every_change_of_the_specification_has_its_reason() -> None:
    assert all(change.__doc__ for change in CHANGES)


@pytest.mark.parametrize("value", [True, "blue", 5, 0.5, {"a": 1}])
def test_without_the_changes_no_answer_is_valid(value: object) -> None:
    answer = {"key": "f", "value": value, "reason": "STATIC"}
    assert not is_success(published(), answer)
    assert is_success(specification(NAMES), answer)
    assert is_success(specification(NAMES), {"key": "f", "reason": "STATIC"})


def is_success(document: Specification, answer: object) -> bool:
    schema = {"$ref": "#/components/schemas/evaluationSuccess", "components": document["components"]}
    return bool(Draft202012Validator(schema).is_valid(answer))


def evaluate(server: Server, target: str, context: object, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.ask("POST", target, json.dumps({"context": context}).encode(), headers=sent)


def failure(code: str, details: str, **members: Any) -> dict[str, Any]:
    return {**members, "errorCode": code, "errorDetails": details}


def test_all_flags_are_each_flag(server: Server) -> None:
    answer = evaluate(server, FLAGS, {"targetingKey": "v1"})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.headers["cache-control"] == "private, no-store"
    assert [flag["key"] for flag in answer.json["flags"]] == NAMES
    assert answer.json["flags"] == [evaluate(server, f"{FLAGS}/{name}", {"targetingKey": "v1"}).json for name in NAMES]
    kinds = {type(flag["value"]) for flag in answer.json["flags"]}
    assert kinds == {dict, bool, str, float}


def test_the_context_is_read(server: Server) -> None:
    def shipping(**members: object) -> object:
        return evaluate(server, f"{FLAGS}/shipping", {"targetingKey": "v1", **members}).json["value"]

    assert shipping() == 39.5
    assert shipping(country="DE") == shipping(geo={"country": "DE"}) == shipping(features={"country": "DE"}) == 50
    assert shipping(country="DE", features={"country": "FR"}) == 39.5
    assert shipping(country={"a": 1}) == 39.5
    assert shipping(app="1.2.3") == 0


def test_the_targeting_key_is_the_visitor(server: Server) -> None:
    heroes = {evaluate(server, ONE, {"targetingKey": f"v{number}"}).json["variant"] for number in range(20)}
    assert heroes >= {"hero_a", "hero_b", "hero_c"}
    for number in range(5):
        by_key = evaluate(server, ONE, {"targetingKey": f"v{number}"})
        by_unit = evaluate(server, ONE, {"targetingKey": "another", "units": {"visitor_id": f"v{number}"}})
        assert by_key.body == by_unit.body


def test_an_entity_tag_names_the_answer(server: Server) -> None:
    first = evaluate(server, FLAGS, {"targetingKey": "v1"})
    tag = first.headers["etag"]
    assert len(tag) == 18
    assert int(tag.strip('"'), 16) >= 0
    assert evaluate(server, FLAGS, {"targetingKey": "v1"}).headers["etag"] == tag
    assert evaluate(server, FLAGS, {"targetingKey": "v1", "country": "DE"}).headers["etag"] != tag
    assert "etag" not in evaluate(server, ONE, {"targetingKey": "v1"}).headers


@pytest.mark.parametrize(
    "conditions", ["{tag}", "W/{tag}", '"other", {tag}', '"a",W/{tag} , "b"', "*", "*, x", " {tag}", "\t{tag}\t"]
)
def test_a_known_answer_is_not_sent_again(server: Server, conditions: str) -> None:
    tag = evaluate(server, FLAGS, {"targetingKey": "v1"}).headers["etag"]
    again = evaluate(server, FLAGS, {"targetingKey": "v1"}, if_none_match=conditions.replace("{tag}", tag))
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert "content-type" not in again.headers


@pytest.mark.parametrize(
    "conditions", ["", '"other"', "{bare}", "W/", "w/{tag}", "{tag}x", "{tag};", "**", "W/W/{tag}"]
)
def test_another_tag_gets_the_whole_answer(server: Server, conditions: str) -> None:
    tag = evaluate(server, FLAGS, {"targetingKey": "v1"}).headers["etag"]
    conditions = conditions.replace("{tag}", tag).replace("{bare}", tag.strip('"'))
    assert evaluate(server, FLAGS, {"targetingKey": "v1"}, if_none_match=conditions).status == 200


def test_one_flag_and_failures_know_no_tags(server: Server) -> None:
    assert evaluate(server, ONE, {"targetingKey": "v1"}, if_none_match="*").status == 200
    assert evaluate(server, FLAGS, {}, if_none_match="*").status == 400


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b"", "the text is not JSON"),
        (b"{", "the text is not JSON"),
        (b"[]", "the text is not an object"),
        (b"\xef\xbb\xbf{}", "the text is not UTF-8 without byte order mark"),
        (b'{"context":{"a":NaN}}', "the text is not JSON"),
        (b'{"context":{"a":1,"a":1}}', "an object has the same key twice"),
        (b'{"context":{"a":1e400}}', "a number is beyond 2^53-1"),
        (b'{"context":{"a":"\\ud800"}}', "a text has a lone surrogate"),
        (b"[" * 33 + b"]" * 33, "the text is nested more than 32 deep"),
    ],
)
def test_a_body_that_cannot_be_read(server: Server, body: bytes, details: str) -> None:
    bulk, one = server.ask("POST", FLAGS, body), server.ask("POST", ONE, body)
    assert (bulk.status, bulk.json) == (400, failure("PARSE_ERROR", details))
    assert (one.status, one.json) == (400, failure("PARSE_ERROR", details, key="home_hero"))


def test_a_body_that_is_too_large(server: Server) -> None:
    start, end = b'{"context":{"targetingKey":"', b'"}}'
    most = start + b"x" * (MOST_BYTES - len(start) - len(end)) + end
    assert server.ask("POST", FLAGS, most).status == 200
    details = "the text is longer than 65,536 bytes"
    for body in (most + b" ", [most, b" "]):
        answer = server.ask("POST", FLAGS, body)
        assert (answer.status, answer.json) == (413, failure("PARSE_ERROR", details))
    answer = server.ask("POST", ONE, most + b" ")
    assert (answer.status, answer.json) == (413, failure("PARSE_ERROR", details, key="home_hero"))


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        ({}, "INVALID_CONTEXT", "context is not an object"),
        ({"context": None}, "INVALID_CONTEXT", "context is not an object"),
        ({"context": []}, "INVALID_CONTEXT", "context is not an object"),
        ({"context": "v1"}, "INVALID_CONTEXT", "context is not an object"),
        ({"context": {"targetingKey": None}}, "INVALID_CONTEXT", "targetingKey is not a text"),
        ({"context": {"targetingKey": 7}}, "INVALID_CONTEXT", "targetingKey is not a text"),
        ({"context": {}}, "TARGETING_KEY_MISSING", "context has no targetingKey"),
        ({"context": {"targetingKey": ""}}, "TARGETING_KEY_MISSING", "context has no targetingKey"),
        ({"context": {"units": {"visitor_id": "v1"}}}, "TARGETING_KEY_MISSING", "context has no targetingKey"),
    ],
)
def test_a_context_that_names_nobody(server: Server, body: object, code: str, details: str) -> None:
    sent = json.dumps(body).encode()
    bulk, one = server.ask("POST", FLAGS, sent), server.ask("POST", f"{FLAGS}/nope", sent)
    assert (bulk.status, bulk.json) == (400, failure(code, details))
    assert (one.status, one.json) == (400, failure(code, details, key="nope"))


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("nope", "nope"),
        ("Home_hero", "Home_hero"),
        ("home_hero%20", "home_hero "),
        ("a+b", "a+b"),
        ("%C3%A9%22", 'é"'),
        ("a%2Fb", "a/b"),
        ("%ff", "%ff"),
        ("%zz", "%zz"),
        ("__proto__", "__proto__"),
        ("constructor", "constructor"),
    ],
)
def test_a_flag_that_does_not_exist(server: Server, sent: str, key: str) -> None:
    answer = evaluate(server, f"{FLAGS}/{sent}", {"targetingKey": "v1"})
    assert (answer.status, answer.json) == (404, failure("FLAG_NOT_FOUND", "no such flag", key=key))


def test_the_key_is_percent_decoded(server: Server) -> None:
    assert evaluate(server, f"{FLAGS}/home%5Fhero?x=1", {"targetingKey": "v1"}).json["key"] == "home_hero"


@pytest.mark.parametrize("target", [FLAGS, ONE, f"{FLAGS}/nope"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_flags_are_evaluated_by_post_alone(server: Server, method: str, target: str) -> None:
    answer = server.ask(method, target)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
