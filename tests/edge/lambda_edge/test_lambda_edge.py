"""Both forms of the Lambda@Edge function: the host's answers in CloudFront's shape, places, cookies, hostile events."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from decision_engine.hosts.python import HttpRequest
from functions.edge.lambda_edge.build import FUNCTION, SETTINGS
from functions.edge.lambda_edge.events import MOST_BYTES
from tests.conftest import require_node
from tests.edge.lambda_edge.events import ORIGIN_REQUEST, VIEWER_REQUEST, Header, event, sent_body
from tests.edge.lambda_edge.function import FORMS, Function, running
from tests.edge.serving import DECIDE, FLAGS, HEALTH, RELEASE, artefact, python_host

VISITOR = json.dumps({"units": {"visitor_id": "v1"}})
CONTEXT = json.dumps({"context": {"targetingKey": "v1"}})
MUTATIONS = 400
SEED = 20261121


@pytest.fixture(scope="module", params=FORMS)
def function(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    """The function in each form."""
    if request.param == "node":
        require_node()
    with running(request.param, tmp_path_factory.mktemp("function")) as started:
        yield started


REQUESTS = [
    ("GET", HEALTH, None),
    ("HEAD", HEALTH, None),
    ("GET", f"{DECIDE}?d={quote(VISITOR)}", None),
    ("GET", f"{DECIDE}?d={quote(VISITOR)}&interests=shoes&utm_campaign=free%20x", None),
    ("HEAD", f"{DECIDE}?d={quote(VISITOR)}", None),
    ("GET", f"{DECIDE}?d=%7B%22a%22", None),
    ("GET", f"{DECIDE}?d=%FF", None),
    ("GET", f"{DECIDE}?d={quote(json.dumps({'decisions': ['nope']}))}", None),
    ("POST", DECIDE, VISITOR),
    ("POST", DECIDE, '{"a":1,"a":2}'),
    ("POST", DECIDE, '"\ud800"'),
    ("POST", DECIDE, json.dumps({"session": {"basket": {"value": 9}}, "units": {"visitor_id": "Grüße ✓ 🎉"}})),
    ("POST", FLAGS, CONTEXT),
    ("POST", f"{FLAGS}/home_hero", CONTEXT),
    ("POST", f"{FLAGS}/no%20flag", CONTEXT),
    ("POST", f"{FLAGS}/home_hero", "{}"),
    ("GET", FLAGS, None),
    ("DELETE", DECIDE, None),
]


@pytest.mark.parametrize("kind", [VIEWER_REQUEST, ORIGIN_REQUEST])
@pytest.mark.parametrize(("method", "target", "body"), REQUESTS)
def test_it_answers_as_the_host_does(function: Function, kind: str, method: str, target: str, body: str | None) -> None:
    content = b"" if body is None else body.encode("utf-8", "surrogatepass")
    sent = None if body is None else sent_body(content)
    found = function.answer(event(method, target, body=sent, kind=kind))
    expected = python_host().respond(
        HttpRequest(method=method, target=target, at=0, new_id=str, headers={}, body=content)
    )
    assert (found.status, found.headers) == (expected.status, expected.headers)
    assert _timeless(found.body) == _timeless(expected.body)


def test_it_names_its_target(function: Function, request: pytest.FixtureRequest) -> None:
    assert function.answer(event("GET", RELEASE)).json["target"].startswith("lambda-edge-")


@pytest.mark.parametrize("target", ["/", "/shop?x=1", "/.edgewise", f"{DECIDE}/", f"{FLAGS}/", f"{FLAGS}/a/b"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_paths_go_on_untouched(function: Function, method: str, target: str) -> None:
    sent = event(method, target, headers=[("Cookie", "a=b")], body=sent_body("x"), kind=ORIGIN_REQUEST)
    assert function.call(sent) == sent["Records"][0]["cf"]["request"]


def test_unchanged_flags_are_not_sent_again(function: Function) -> None:
    sent = sent_body(CONTEXT)
    tag = function.answer(event("POST", FLAGS, body=sent)).headers["etag"]
    again = function.answer(event("POST", FLAGS, body=sent, headers=[("If-None-Match", f'"x", W/{tag}')]))
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)


PLACES: list[tuple[list[Header], str]] = [
    ([("CloudFront-Viewer-Country", "DE")], "fifty"),
    ([("CloudFront-Viewer-Country", "DE"), ("CloudFront-Viewer-Latitude", "-33.86")], "some"),
    ([("CloudFront-Viewer-Country", "DE"), ("CloudFront-Viewer-Latitude", "51.22")], "fifty"),
    ([("CloudFront-Viewer-Country", "DE"), ("CloudFront-Viewer-Latitude", "north")], "fifty"),
    ([("CloudFront-Viewer-Country", "DE"), ("CloudFront-Viewer-Latitude", "")], "fifty"),
    ([("CloudFront-Viewer-Country", "FR")], "some"),
    ([("CloudFront-Viewer-Country", "%C3%9F"), ("CloudFront-Viewer-City", "%FF%")], "some"),
    ([], "some"),
]


@pytest.mark.parametrize(("headers", "shipping"), PLACES)
def test_cloudfront_knows_the_place_before_the_origin(function: Function, headers: list[Header], shipping: str) -> None:
    assert function.answer(event("GET", DECIDE, headers=headers, kind=ORIGIN_REQUEST)).outcomes["shipping"] == shipping


def test_a_visitor_cannot_name_the_place(function: Function) -> None:
    forged = event("GET", DECIDE, headers=[("CloudFront-Viewer-Country", "DE")], kind=VIEWER_REQUEST)
    assert function.answer(forged).outcomes["shipping"] == "some"


def test_a_new_visitor_is_named_by_a_cookie(function: Function) -> None:
    first = function.answer(event("GET", DECIDE))
    cookie, *attributes = first.headers["set-cookie"].split("; ")
    assert (cookie[:7], len(cookie)) == ("ew_vid=", 43)
    assert attributes == ["Path=/", "Max-Age=31536000", "Secure", "HttpOnly", "SameSite=Lax"]
    again = function.answer(event("GET", DECIDE, headers=[("Cookie", "theme=dark"), ("cookie", cookie)]))
    assert "set-cookie" not in again.headers
    assert again.outcomes == {**first.outcomes, "dark_mode": "is_on"}
    assert function.answer(event("GET", DECIDE)).headers["set-cookie"] != first.headers["set-cookie"]


def test_browsers_hint_at_the_device(function: Function) -> None:
    assert function.answer(event("GET", DECIDE, headers=[("Sec-CH-UA-Mobile", "?1")])).outcomes["banner"] == "phone"


def test_a_body_that_cloudfront_has_cut_is_too_large(function: Function) -> None:
    cut = function.answer(event("POST", DECIDE, body=sent_body(VISITOR, is_truncated=True)))
    assert (cut.status, cut.json["error"]["code"]) == (413, "too-large")
    whole = function.answer(event("POST", DECIDE, body=sent_body(b" " * (MOST_BYTES + 1)), kind=ORIGIN_REQUEST))
    assert (whole.status, whole.json["error"]["code"]) == (413, "too-large")
    fits = function.answer(event("POST", DECIDE, body=sent_body(b" " * (MOST_BYTES - 2) + b"{}"), kind=ORIGIN_REQUEST))
    assert fits.status == 200


def test_a_body_may_come_as_text_or_not_at_all(function: Function) -> None:
    text = {"inputTruncated": False, "action": "read-only", "encoding": "text", "data": VISITOR}
    assert function.answer(event("POST", DECIDE, body=text)).status == 200
    assert function.answer(event("POST", DECIDE)).json["error"]["code"] == "not-json"
    broken = {**text, "encoding": "base64", "data": "*"}
    assert function.answer(event("POST", DECIDE, body=broken)).json["error"]["code"] == "not-json"


@pytest.mark.parametrize("broken", [None, 5, "event", [], {}, {"Records": []}, {"Records": [{"cf": {}}]}])
def test_what_is_no_event_gives_nothing(function: Function, broken: object) -> None:
    assert function.call(broken) is None


def test_hostile_events_neither_throw_nor_fail(function: Function) -> None:
    random = Random(SEED)
    answered = 0
    for _ in range(MUTATIONS):
        sent = mutated(random)
        found = function.call(sent)
        try:
            request = sent["Records"][0]["cf"]["request"]
        except (TypeError, KeyError, IndexError):
            assert found is None, sent
            continue
        if found != request:
            assert found["status"] in {"200", "400", "404", "405", "413"}, (sent, found)
            json.loads(found["body"] or "null")
            answered += 1
    assert MUTATIONS / 4 < answered < MUTATIONS


@pytest.mark.parametrize("form", FORMS)
def test_a_failing_engine_gives_the_neutral_outcomes(form: str, tmp_path: Path) -> None:
    if form == "node":
        require_node()
    broken = {
        "node": {
            "wasm_engine.js": b"export const createWasmEngine = () => ({ decide() { throw new Error('fails'); } });"
        },
        "python": {"program.py": b"def decide(vector):\n    raise ValueError('fails')\n"},
    }
    with running(form, tmp_path, broken[form]) as function:
        answer = function.answer(event("GET", DECIDE))
        assert answer.status == 200
        assert {one["mode"] for one in answer.json["decisions"].values()} == {"neutral"}
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("form", FORMS)
def test_the_zip_holds_files_without_times(form: str) -> None:
    built = artefact(f"lambda-edge-{form}")
    with zipfile.ZipFile(io.BytesIO(built.files[FUNCTION])) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None
    names = [entry.filename for entry in entries]
    assert names == sorted(names)
    assert {"node": "handler.mjs", "python": "handler.py"}[form] in names
    assert {(entry.date_time, entry.compress_type) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED)
    }
    settings = json.loads(built.files[SETTINGS])["function"]
    assert (settings["Region"], settings["Handler"], settings["Publish"]) == ("us-east-1", "handler.handler", True)
    assert "Environment" not in settings


def mutated(random: Random) -> Any:
    """A good event, with one to three of its parts replaced by something else or taken away."""
    method, target, body = random.choice(REQUESTS)
    headers = [("Cookie", "ew_vid=v1"), ("Sec-CH-UA-Platform", '"Windows"'), ("CloudFront-Viewer-City", "K%C3%B6ln")]
    sent = None if body is None else sent_body(body)
    result = copy.deepcopy(event(method, target, headers=headers, body=sent, kind=random.choice(KINDS)))
    for _ in range(random.randint(1, 3)):
        holder, key = random.choice(list(places(result)) or [(result, "Records")])
        if isinstance(holder, dict) and random.random() < 0.3:
            holder.pop(key, None)
        elif isinstance(holder, dict) or key < len(holder):
            holder[key] = random.choice(ODD)
    return result


KINDS = (VIEWER_REQUEST, ORIGIN_REQUEST)
ODD: tuple[Any, ...] = (
    None,
    5,
    -1.5,
    True,
    "",
    "x",
    "\u0000",
    "%",
    "é\ud800",
    [],
    {},
    [None],
    {"value": 5},
    "A" * 9000,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """All holders below a value, each with one of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in list(items):
        yield value, key
        yield from places(member)


def _timeless(body: bytes) -> Any:
    """The body without the time of the answer."""
    content = json.loads(body) if body else None
    return {**content, "at": None} if isinstance(content, dict) else content
