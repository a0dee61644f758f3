"""The Python provider behind OpenFeature's own client: in this process, over the worker, and over the Python host."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, ProviderNotReadyError
from openfeature.flag_evaluation import Reason
from openfeature.provider import ProviderStatus

from functions.openfeature import EdgewiseProvider, Folder, Remote, SourceError
from tests.conftest import require_node
from tests.edge.serving import artefact, python_server, worker

LOYAL = EvaluationContext("v1", {"loyalty": "gold", "country": "DE"})
STRANGER = EvaluationContext("v2")


def compiled(folder: Path) -> Path:
    found = artefact("python")
    manifest = json.dumps(found.manifest).encode()
    for name, content in {**found.files, "artefact.json": manifest}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture(scope="module", params=["folder", "worker", "python"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenFeatureClient]:
    folder = tmp_path_factory.mktemp("openfeature")
    domain = f"edgewise-{request.param}"
    if request.param == "folder":
        yield from opened(domain, EdgewiseProvider(Folder(compiled(folder))))
        return
    if request.param == "worker":
        require_node()
    with worker(folder) if request.param == "worker" else python_server() as server:
        yield from opened(domain, EdgewiseProvider(Remote(f"{server.url}/")))


def opened(domain: str, provider: EdgewiseProvider) -> Iterator[OpenFeatureClient]:
    api.set_provider_and_wait(provider, domain)
    found = api.get_client(domain)
    assert found.get_provider_status() is ProviderStatus.READY
    yield found
    api.clear_providers()


def over(handler: Any) -> EdgewiseProvider:
    return EdgewiseProvider(Remote("https://shop.example", transport=httpx.MockTransport(handler)))


def test_a_flag_is_its_decision(client: OpenFeatureClient) -> None:
    found = client.get_object_details("home_hero", {}, LOYAL)
    assert (found.value, found.variant, found.reason) == (
        {"title": "Welcome back"},
        "hero_loyal",
        Reason.TARGETING_MATCH,
    )
    assert found.flag_metadata["rule"] == 0 and found.flag_metadata["mode"] == "edge"
    assert found.error_code is None


def test_an_experiment_splits(client: OpenFeatureClient) -> None:
    found = [client.get_object_details("home_hero", {}, EvaluationContext(f"v{i}")) for i in range(40)]
    split = [one for one in found if one.reason is Reason.SPLIT]
    assert {one.flag_metadata["variation"] for one in split} == {"control", "bold", "quiet"}
    assert {one.flag_metadata["experiment"] for one in split} == {"hero_test"}
    assert {one.reason for one in found} == {Reason.SPLIT, Reason.DEFAULT}  # OFREP alone would say UNKNOWN


def test_every_type_is_read(client: OpenFeatureClient) -> None:
    assert client.get_boolean_value("dark_mode", True, STRANGER) is False
    dark = EvaluationContext("v2", {"cookies": {"theme": "dark-blue"}})
    assert client.get_boolean_value("dark_mode", False, dark) is True
    assert client.get_string_value("banner", "-", EvaluationContext("v2", {"is_mobile": True})) == "phone"
    spent = EvaluationContext("v2", {"page_values": 11})
    assert client.get_float_value("shipping", 0.0, spent) == 39.5
    dach = EvaluationContext("v2", {"country": "AT", "latitude": 48.2})
    assert client.get_integer_value("shipping", 0, dach) == 50
    assert client.get_float_value("shipping", 0.0, dach) == 50.0


def test_dates_are_timestamps(client: OpenFeatureClient) -> None:
    lately = datetime.now(UTC) - timedelta(days=2)
    for value, is_dark in [(lately, True), (lately - timedelta(days=40), False)]:
        context = EvaluationContext("v2", {"last_visit": value})
        assert client.get_boolean_value("dark_mode", not is_dark, context) is is_dark


@pytest.mark.parametrize(
    ("flag", "kind", "default"),
    [
        ("dark_mode", "string", "-"),
        ("banner", "boolean", True),
        ("home_hero", "integer", 7),
        ("dark_mode", "integer", 7),
        ("dark_mode", "float", 7.5),
        ("banner", "object", {"a": 1}),
    ],
)
def test_another_type_gives_the_default(client: OpenFeatureClient, flag: str, kind: str, default: object) -> None:
    found = getattr(client, f"get_{kind}_details")(flag, default, STRANGER)
    assert (found.value, found.error_code, found.reason) == (default, ErrorCode.TYPE_MISMATCH, Reason.ERROR)


def test_a_fraction_is_no_integer(client: OpenFeatureClient) -> None:
    found = client.get_integer_details("shipping", 3, EvaluationContext("v2", {"page_values": 11}))
    assert (found.value, found.error_code) == (3, ErrorCode.TYPE_MISMATCH)


@pytest.mark.parametrize("key", ["nothing", "a/b", "../decide", "ü", "\ud800", "home_hero?x=1"])
def test_an_unknown_flag_is_not_found(client: OpenFeatureClient, key: str) -> None:
    found = client.get_string_details(key, "-", STRANGER)
    assert found.value == "-" and found.error_code in (ErrorCode.FLAG_NOT_FOUND, ErrorCode.GENERAL)


def test_an_id_is_asked_for(client: OpenFeatureClient) -> None:
    for context in (None, EvaluationContext(), EvaluationContext("", {"country": "DE"})):
        found = client.get_string_details("banner", "-", context)
        assert (found.value, found.error_code) == ("-", ErrorCode.TARGETING_KEY_MISSING)


def test_a_context_that_is_no_json_gives_the_default(client: OpenFeatureClient) -> None:
    hostile: tuple[Any, ...] = (math.nan, math.inf, object(), b"bytes")
    for value in hostile:
        found = client.get_string_details("banner", "-", EvaluationContext("v1", {"campaign": value}))
        assert (found.value, found.error_code) == ("-", ErrorCode.GENERAL), value
        assert "no JSON" in (found.error_message or "")


def test_it_is_asked_without_blocking(client: OpenFeatureClient) -> None:
    async def all_at_once() -> list[object]:
        contexts = [EvaluationContext(f"v{i}") for i in range(20)]
        return list(await asyncio.gather(*(client.get_object_value_async("home_hero", {}, one) for one in contexts)))

    expected = [client.get_object_value("home_hero", {}, EvaluationContext(f"v{i}")) for i in range(20)]
    assert asyncio.run(all_at_once()) == expected


def test_what_is_not_compiled_for_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"expected a folder of `edgewise compile --target python`, found no `.*artefact"
    ):
        Folder(tmp_path)
    folder = compiled(tmp_path)
    (folder / "artefact.json").write_text('{"target": "cloudflare"}')
    with pytest.raises(SourceError, match="found `cloudflare`"):
        Folder(folder)
    (folder / "artefact.json").write_text('{"target": "python"}')
    (folder / "program.py").write_text("decide = (")
    with pytest.raises(SourceError, match="was not written by this version"):
        Folder(folder)
    (folder / "tables.json").write_text("{")
    with pytest.raises(SourceError, match="cannot be read"):
        Folder(folder)


def test_an_edge_that_is_down_gives_defaults() -> None:
    provider = EdgewiseProvider(Remote("http://127.0.0.1:9", timeout=0.5))
    with pytest.raises(ProviderNotReadyError, match="cannot be reached"):
        api.set_provider_and_wait(provider, "down")
    client = api.get_client("down")
    assert client.get_provider_status() is ProviderStatus.ERROR
    found = client.get_string_details("banner", "-", STRANGER)
    assert (found.value, found.error_code, found.reason) == ("-", ErrorCode.GENERAL, Reason.ERROR)
    assert "cannot be reached" in (found.error_message or "")
    api.clear_providers()


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", "{"])
def test_an_answer_that_is_not_ofreps_gives_the_default(body: str) -> None:
    found = over(lambda _: httpx.Response(502, text=body)).resolve_string_details("banner", "-", STRANGER)
    assert (found.value, found.error_code) == ("-", ErrorCode.GENERAL)
    assert found.error_message == "expected a JSON object of OFREP, found status 502 and something else"


def test_a_pause_is_kept() -> None:
    asked: list[str] = []

    def busy(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(429, headers={"retry-after": "30"})

    provider = over(busy)
    first, second = (provider.resolve_string_details("banner", "-", STRANGER) for _ in range(2))
    assert len(asked) == 1
    assert first.error_message == "https://shop.example asked to wait for 30 seconds"
    assert second.error_message == "https://shop.example asked to wait before the next request"


def test_a_flag_without_a_value_leaves_it_to_the_code() -> None:
    answer = {"key": "banner", "reason": "DISABLED"}
    found = over(lambda _: httpx.Response(200, json=answer)).resolve_string_details("banner", "-", STRANGER)
    assert (found.value, found.error_code, found.reason) == ("-", None, Reason.DEFAULT)


def test_a_url_must_be_one() -> None:
    with pytest.raises(SourceError, match="expected a URL that starts with"):
        Remote("shop.example")
