"""The compiled worker in front of a shop: consent and the visitor's cookie stand behind what a page shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.edge.cloudflare import CF_HEADER, COMPILED_FILES, WORKER_FILES, workerd_config
from infra.dev import build
from tests.conftest import require_node
from tests.edge.delivery.site import HERE, Origin, Site
from tests.edge.serving import LOCAL, running

pytestmark = pytest.mark.node

GERMANY = {"country": "DE"}


def registry() -> dict[str, Any]:
    """The registry of these tests, with a visitor's cookie and a consent gate."""
    document: dict[str, Any] = json.loads((HERE / "registry.json").read_text(encoding="utf-8"))
    document["features"]["basket"]["purposes"] = ["personalisation"]
    document["policies"]["identity"] = {"units": ["visitor_id"], "set_cookie": True}
    groups = {"cookie": "shop_consent", "purposes": {"storage": ["1"], "personalisation": ["1", "2"]}}
    document["policies"]["consent"] = {"purposes": ["personalisation"], "gate": {"groups": groups}}
    return document


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The artefact as `edgewise compile` writes it, in front of an origin."""
    require_node()
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "shop.json").write_text(json.dumps(registry()), encoding="utf-8")
    for name, content in build(folder / "shop.json", "cloudflare").files.items():
        (folder / name).write_bytes(content)
    origin = Origin()
    try:
        config = workerd_config(
            [*WORKER_FILES, *COMPILED_FILES],
            cf_header=CF_HEADER,
            origin=f"{LOCAL}:{origin.server.server_port}",
        )
        (folder / "config.capnp").write_text(config, encoding="utf-8")
        with running(folder) as worker:
            yield Site(worker, origin)
    finally:
        origin.close()


def test_without_consent_nothing_is_personal_and_no_cookie_is_set(compiled: Site) -> None:
    answer = compiled.worker.ask("GET", "/page", cf={"country": "FR"}, headers={"cookie": "basket=200"})
    assert b'data-edgewise="hero_default"' in answer.body and "set-cookie" not in answer.headers
    assert "sec-gpc" in answer.headers["vary"] and "cookie" in answer.headers["vary"]


def test_with_consent_the_page_is_personal_and_a_new_visitor_named(compiled: Site) -> None:
    cookies = f"basket=200; shop_consent=groups={'1:1,2:1'.replace(':', '%3A')}"
    answer = compiled.worker.ask("GET", "/page", cf={"country": "FR"}, headers={"cookie": cookies})
    assert b'data-edgewise="hero_big"' in answer.body
    assert answer.headers["set-cookie"].startswith("ew_visitor=")
    assert answer.headers["cache-control"] == "private, no-store"
    again = compiled.worker.ask("GET", "/page", cf={"country": "FR"}, headers={"cookie": f"{cookies}; ew_visitor=v1"})
    assert b'data-edgewise="hero_big"' in again.body and "set-cookie" not in again.headers
    assert again.headers["edgewise-segment"].startswith(compiled.origin.last[2]["edgewise-segment"])


def test_what_a_page_is_asked_with_is_no_object_of_a_request(compiled: Site) -> None:
    target = "/page?d=%7B%22geo%22%3A%7B%22country%22%3A%22DE%22%7D%7D"
    answer = compiled.worker.ask("GET", target, cf={"country": "FR"})
    assert b'data-edgewise="hero_default"' in answer.body and compiled.origin.last[1] == target


def test_the_hosts_own_routes_stay(compiled: Site) -> None:
    assert compiled.worker.ask("GET", "/.edgewise/decide", cf=GERMANY).outcomes["home_hero"] == "hero_dach"
    assert compiled.worker.ask("POST", "/page", b"x=1").headers.get("edgewise-segment") is None
