"""A shop that configures slots only: the origin hears nothing, and no page that was changed is stored."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from decision_engine.hosts.python.delivery import Forced, write_preview
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import load
from tests.conftest import require_node
from tests.edge.delivery.site import HERE, KEY, PAGE, Reply, Site
from tests.edge.delivery.site import site as running_site

pytestmark = pytest.mark.node

PUBLIC = {"cache-control": "public, max-age=600", "cdn-cache-control": "max-age=900", "etag": '"1"', "vary": "Accept"}


@pytest.fixture(scope="module")
def slots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The worker of a registry without segment and routes, with slots on some paths."""
    require_node()
    folder = tmp_path_factory.mktemp("slots")
    document = json.loads((HERE / "registry.json").read_text(encoding="utf-8"))
    delivery = document["policies"]["delivery"]
    document["policies"]["delivery"] = {
        "pages": ["/", "/c/*"],
        "slots": delivery["slots"],
        "preview": {"parameter": "show"},
    }
    (folder / "shop.json").write_text(json.dumps(document), encoding="utf-8")
    with running_site(folder, compile_program(load(folder / "shop.json", SIGNATURES), edge_only=True)) as started:
        for path in ("/", "/c/x", "/other"):
            started.origin.replies[path] = Reply(headers=PUBLIC)
        yield started


def test_a_page_that_was_changed_is_not_stored(slots: Site) -> None:
    for path in ("/", "/c/x"):
        answer = slots.worker.ask("GET", path, cf={"country": "DE"})
        assert b'data-edgewise="hero_dach"' in answer.body and b"edgewise-data" not in answer.body
        assert answer.headers["cache-control"] == "private, no-store" and answer.headers["vary"] == "Accept"
        assert not {"etag", "cdn-cache-control", "edgewise-segment"} & answer.headers.keys()
        assert "edgewise-segment" not in slots.origin.last[2]


def test_pages_of_other_paths_and_in_doubt_keep_their_headers(slots: Site) -> None:
    slots.origin.replies["/c/gone"] = Reply(headers=PUBLIC, status=404)
    for path in ("/other", "/c/gone"):
        answer = slots.worker.ask("GET", path, cf={"country": "DE"})
        assert answer.body == PAGE.encode()
        assert {name: answer.headers[name] for name in PUBLIC} == PUBLIC


def test_the_origin_is_asked_once_when_deciding_fails(slots: Site) -> None:
    before = len(slots.origin.seen)
    answer = slots.worker.ask("GET", "/c/x", headers={"test-fails": "1"})
    assert answer.body == PAGE.encode() and answer.headers["cache-control"] == PUBLIC["cache-control"]
    assert len(slots.origin.seen) == before + 1


def test_previews_work_by_another_parameter(slots: Site) -> None:
    token = write_preview("k1", KEY, [Forced("decision", "home_hero", "hero_big")], expires=int(time.time()) + 60)
    answer = slots.worker.ask("GET", f"/c/x?show={token}&x=1")
    assert b'data-edgewise="hero_big"' in answer.body and slots.origin.last[1] == "/c/x?x=1"
    assert answer.headers["edgewise-preview"] == "decision home_hero=hero_big"
    other = slots.worker.ask("GET", f"/c/x?edgewise_preview={token}")
    assert b'data-edgewise="hero_default"' in other.body and "edgewise-preview" not in other.headers
