"""The functions of the example shop on recorded events, and on what goes wrong."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from decision_engine.reference import Reference
from functions.edge.cloudfront.build import CHECKED, build_cloudfront
from functions.edge.cloudfront.switches import KEY_PLACEHOLDER, Switches, insert_key, mint, new_key
from tests.edge.cloudfront.answers import answer
from tests.edge.cloudfront.conftest import small_shop
from tests.edge.cloudfront.njs import NEEDS_NJS, Call, Ran, event, headers, run

EVENTS = sorted((Path(__file__).parent / "events").glob("*.json"))
AT = 1763839800000
KEY = new_key()
REQUEST_ID = event()["context"]["requestId"]

pytestmark = NEEDS_NJS


@cache
def function(name: str = "function.js") -> str:
    return insert_key(text, KEY) if KEY_PLACEHOLDER in (text := source(name)) else text


@cache
def source(name: str) -> str:
    _, _, program = small_shop()
    return build_cloudfront(program).files[name].decode()


def called(folder: Path, *events: Any, stored: str | None = None, at: int = AT) -> Ran:
    return run(function(), [Call(one, at, stored) for one in events], folder)


@pytest.mark.parametrize("name", ["function.js", "readable.js"])
def test_recorded_events(name: str, tmp_path: Path) -> None:
    registry, models, program = small_shop()
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in EVENTS]
    ran = run(function(name), [Call(one["event"], one["at"]) for one in documents], tmp_path)
    reference = Reference(registry, models)
    for path, document, request in zip(EVENTS, documents, ran.returned, strict=True):
        expected = reference.decide(document["request"], document["at"])
        assert answer(program, headers(request), document["request"], document["at"]) == expected, path.stem
    assert ran.log == []


def test_the_events_reach_many_outcomes(tmp_path: Path) -> None:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in EVENTS]
    ran = run(function(), [Call(one["event"], one["at"]) for one in documents], tmp_path)
    assert len({headers(request)["key"] for request in ran.returned}) >= 8


def test_the_rest_of_the_request_passes_on(tmp_path: Path) -> None:
    sent = event({"session": {"month": "dec"}}, sent={"accept": "text/html"}, cookies={"a": "b"}, query={"page": "2"})
    [request] = called(tmp_path, sent).returned
    request["headers"] = {name: value for name, value in request["headers"].items() if name[:11] != "x-edgewise-"}
    request["cookies"].pop("edgewise")
    expected = copy.deepcopy(sent["request"])
    expected["cookies"].pop("edgewise")
    assert request == expected


def test_the_headers(tmp_path: Path) -> None:
    _, _, program = small_shop()
    [request] = called(tmp_path, event()).returned
    found = headers(request)
    assert list(found) == [
        *(decision.name.replace("_", "-") for decision in program.decisions), "key", "leaves", "switches", "unit",
    ]  # fmt: skip
    assert found["key"].startswith(program.registry[7:15] + "-")
    assert found["switches"] == "none"


def test_a_visitor_cannot_send_the_headers(tmp_path: Path) -> None:
    plain, forged = called(
        tmp_path, event(), event(sent={f"x-edgewise-{name}": "forged" for name in ("key", "unit", "coupon", "leaves")})
    ).returned
    assert headers(plain) == headers(forged)


def test_the_key_holds_nothing_of_the_request(tmp_path: Path) -> None:
    document = {"units": {"visitor_id": "secret"}, "session": {"landing_path": "/sale/secret", "month": "dec"}}
    [request] = called(tmp_path, event(document, query={"utm_campaign": "sale-2026-11"})).returned
    assert "secret" not in "".join(headers(request).values())
    assert set(headers(request)["key"]) <= set("0123456789abcdef-.")


@pytest.mark.parametrize(
    "text",
    ["{", "[1]", "null", "5", '"x"', '{"a":"\\ud800"}', "%ff", '{"session":' * 40 + "1" + "}" * 40, "undefined"],
)
def test_what_is_no_object_gives_the_neutral_outcomes(text: str, tmp_path: Path) -> None:
    _, _, program = small_shop()
    ran = called(tmp_path, event(cookies={"edgewise": text}))
    found = headers(ran.returned[0])
    assert found["leaves"] == ".".join(str(decision.neutral) for decision in program.decisions)
    assert found["coupon"] == "no_coupon"
    assert found["unit"] == "-"
    assert [line[:9] for line in ran.log if line.startswith("edgewise")] == ["edgewise:"]


@pytest.mark.parametrize(
    "document",
    [
        {"session": None, "units": [], "consent": 5, "timestamps": "x", "features": [1]},
        {"session": {"month": {}, "product_pages": "5", "weekend": 1}, "profile": {"interests": [None]}},
        {"units": {"visitor_id": ""}, "constructor": {"prototype": 1}, "hasOwnProperty": 1, "toString": None},
        {"profile": {"interests": ["kids"] * 257, "last_order_at": "2026-02-30T00:00:00Z"}},
    ],
)
def test_hostile_objects_are_decided_as_elsewhere(document: Any, tmp_path: Path) -> None:
    registry, models, program = small_shop()
    request = {**document, "units": document.get("units", {"visitor_id": REQUEST_ID})}
    if not isinstance(document.get("units"), dict):
        request["units"] = {"visitor_id": REQUEST_ID}
    ran = called(tmp_path, event(document))
    assert answer(program, headers(ran.returned[0]), request, AT) == Reference(registry, models).decide(request, AT)


def test_a_new_visitor_is_named_unless_a_signal_forbids_it(tmp_path: Path) -> None:
    events = [
        event(),
        event(cookies={"shop_visitor": "v1"}),
        event({"units": {"visitor_id": "v2"}}),
        event({"units": {"visitor_id": None}}),
        event(sent={"sec-gpc": "1"}),
        event({"consent": {"denied": ["storage"]}}),
        event(cookies={"shop_visitor": ""}),
    ]
    units = [headers(request)["unit"] for request in called(tmp_path, *events).returned]
    assert units == [REQUEST_ID, "-", "-", "-", "-", "-", REQUEST_ID]
    for one in events:
        one["response"] = event(kind="viewer-response")["response"]
    responses = run(function("viewer_response.js"), [Call(one, AT) for one in events], tmp_path).returned
    cookie = {
        "value": REQUEST_ID,
        "attributes": "Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax",
    }
    expected = [{"shop_visitor": cookie} if unit == REQUEST_ID else {} for unit in units]
    assert [response["cookies"] for response in responses] == expected


def test_switches(tmp_path: Path) -> None:
    loyal = json.loads(next(path for path in EVENTS if path.stem == "loyal_customer").read_text(encoding="utf-8"))
    off = mint(Switches(7, AT + 1, ("decisions/free_shipping_threshold",)), KEY)
    expired = mint(Switches(7, AT, ("decisions/free_shipping_threshold",)), KEY)
    forged = mint(Switches(7, AT + 1, ("decisions/free_shipping_threshold",)), new_key())
    results = {}
    for name, stored in {
        "none": None,
        "off": off,
        "expired": expired,
        "forged": forged,
        "text": "x",
        "long": off + " ",
    }.items():
        [request] = called(tmp_path, loyal["event"], stored=stored).returned
        results[name] = (headers(request)["free-shipping-threshold"], headers(request)["switches"])
    assert results == {
        "none": ("shipping_0", "none"),
        "off": ("shipping_79", "7"),
        "expired": ("shipping_0", "expired"),
        "forged": ("shipping_0", "bad"),
        "text": ("shipping_0", "bad"),
        "long": ("shipping_0", "bad"),
    }


def test_a_switch_turns_an_experiment_off(tmp_path: Path) -> None:
    events = [
        event({"units": {"visitor_id": f"v{number}"}}, sent={"cloudfront-viewer-country": "DE"}) for number in range(40)
    ]
    stored = mint(Switches(1, AT + 1, ("experiments/shipping_test",)), KEY)
    on = [headers(request) for request in called(tmp_path, *events).returned]
    off = [headers(request) for request in called(tmp_path, *events, stored=stored).returned]
    assert {"shipping_49", "shipping_39", "shipping_29"} <= {one["free-shipping-threshold"] for one in on}
    for before, after in zip(on, off, strict=True):
        tested = 2 <= int(before["leaves"].split(".")[1]) <= 4
        assert after["free-shipping-threshold"] == ("shipping_79" if tested else before["free-shipping-threshold"])
        assert after["home-hero"] == before["home-hero"]


def test_the_platform_may_leave_things_out(tmp_path: Path) -> None:
    """The console's test events have no request id."""
    bare = event()
    del bare["context"]["requestId"]
    [request] = called(tmp_path, bare).returned
    assert headers(request)["unit"] == "-"


def test_the_artefact_says_how_far_it_is_checked() -> None:
    _, _, program = small_shop()
    built = build_cloudfront(program)
    assert built.manifest["checked"] == CHECKED == "njs-checked, not AWS-verified"
    assert json.loads(built.files["deploy.json"])["checked"] == CHECKED
    assert build_cloudfront(program).files == built.files
