"""The EdgeWorker's bundle keeps to Akamai's form and limits; in node, with stand-ins, it answers as the host."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from decision_engine.hosts.python import HttpRequest
from functions.edge.akamai.build import BUNDLE
from tests.conformance.lines import LineProcess
from tests.conftest import ROOT
from tests.edge.serving import DECIDE, FLAGS, HEALTH, RELEASE, artefact, python_host

EDGE = ROOT / "tests" / "edge"
MOST_GZIP = 512 * 1024
MOST_RAW = 1024 * 1024
VISITOR = json.dumps({"units": {"visitor_id": "v1"}})
CONTEXT = json.dumps({"context": {"targetingKey": "v1"}})


def bundle() -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(artefact("akamai").files[BUNDLE]), mode="r:gz")


@pytest.fixture(scope="module")
def worker(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LineProcess]:
    """The worker in node."""
    folder = tmp_path_factory.mktemp("worker")
    with bundle() as files:
        files.extractall(folder, filter="data")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    with LineProcess([node, "--import", EDGE / "shims.mjs"], str(EDGE / "akamai" / "call.mjs"), folder) as process:
        yield process


def ask(worker: LineProcess, method: str, target: str, **members: object) -> Any:
    path, _, query = target.partition("?")
    return worker.ask(method=method, url=target, path=path, query=query, host="shop.example", scheme="https", **members)


def outcomes(answer: Any) -> dict[str, str]:
    return {name: decided["outcome"] for name, decided in json.loads(answer["body"])["decisions"].items()}


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", HEALTH, ""),
        ("HEAD", HEALTH, ""),
        ("POST", DECIDE, VISITOR),
        ("POST", DECIDE, '{"a":1,"a":2}'),
        ("POST", DECIDE, '{"units": {"visitor_id": "Grüße ✓ 🎉"}}'),
        ("POST", DECIDE, ""),
        ("POST", FLAGS, CONTEXT),
        ("POST", f"{FLAGS}/no%20flag", CONTEXT),
        ("DELETE", DECIDE, ""),
        ("GET", "/shop", ""),
    ],
)
def test_it_answers_as_the_host_does(worker: LineProcess, method: str, target: str, body: str) -> None:
    found = ask(worker, method, target, body=body)
    expected = python_host().respond(
        HttpRequest(method=method, target=target, at=0, new_id=str, headers={}, body=body.encode())
    )
    assert (found["status"], found["headers"]) == (expected.status, expected.headers)
    assert timeless(found["body"]) == timeless(expected.body.decode())


def test_it_names_its_target(worker: LineProcess) -> None:
    assert json.loads(ask(worker, "GET", RELEASE)["body"])["target"] == "akamai"


def test_a_body_that_says_it_is_too_large_is_not_read(worker: LineProcess) -> None:
    for length in ("65537", "1e9", "x", "-"):
        found = ask(worker, "POST", DECIDE, headers={"content-length": [length]}, body=VISITOR)
        assert found["status"] == 413


def test_a_new_visitor_is_named_by_a_cookie(worker: LineProcess) -> None:
    first = ask(worker, "GET", DECIDE)
    cookie, *attributes = first["headers"]["set-cookie"].split("; ")
    name, _, value = cookie.partition("=")
    assert [len(part) for part in value.split("-")] == [8, 4, 4, 4, 12]
    assert (name, value[14], value[19] in "89ab") == ("ew_vid", "4", True)
    assert "HttpOnly" in attributes
    again = ask(worker, "GET", DECIDE, headers={"cookie": ["theme=light", cookie]})
    assert "set-cookie" not in again["headers"]
    assert outcomes(again) == outcomes(first)


@pytest.mark.parametrize(
    ("location", "shipping"),
    [
        ({"country": "DE", "latitude": "52.52"}, "fifty"),
        ({"country": "DE", "latitude": "-33.9"}, "some"),
        ({"country": "DE"}, "fifty"),
        ({"country": "reserved", "latitude": "reserved"}, "some"),
        ({}, "some"),
        (None, "some"),
    ],
)
def test_akamai_knows_the_place(worker: LineProcess, location: object, shipping: str) -> None:
    assert outcomes(ask(worker, "GET", DECIDE, userLocation=location))["shipping"] == shipping


@pytest.mark.parametrize(
    ("device", "headers", "banner"),
    [
        ({"isMobile": True, "os": "Android"}, {}, "phone"),
        ({"isMobile": False, "os": "Windows"}, {}, "windows"),
        ({}, {"sec-ch-ua-mobile": ["?1"]}, "phone"),
        (None, {"sec-ch-ua-mobile": ["?1"]}, "phone"),
        (None, {}, "another"),
    ],
)
def test_akamai_knows_the_device(worker: LineProcess, device: object, headers: object, banner: str) -> None:
    assert outcomes(ask(worker, "GET", DECIDE, device=device, headers=headers))["banner"] == banner


def test_the_bundle_is_as_akamai_wants_it() -> None:
    content = artefact("akamai").files[BUNDLE]
    assert len(content) < MOST_GZIP
    with bundle() as files:
        members = files.getmembers()
        manifest = json.loads(files.extractfile("bundle.json").read())  # type: ignore[union-attr] # it is a regular file
    assert {"main.js", "bundle.json"} <= {member.name for member in members}
    assert all(member.isfile() and member.mode == 0o644 and member.mtime == 0 for member in members)
    assert sum(member.size for member in members) < MOST_RAW
    assert manifest["edgeworker-version"].startswith("1.0-")
    assert content[4:8] == b"\0\0\0\0", "the gzip has no time"


def timeless(text: str) -> object:
    """The body without the time of the answer."""
    content = json.loads(text) if text else None
    return {**content, "at": None} if isinstance(content, dict) else content
