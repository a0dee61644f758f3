"""The service worker that prefers the edge, in chromium: late, failing or without a network, the device decides."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from decision_engine.artefact import Artefact
from infra.dev import build
from tests.conformance.lines import LineProcess
from tests.conftest import ROOT
from tests.edge.browser.site import DECIDE, FOLDER, Edge, Page, Site, serving
from tests.runtimes import require

HERE = Path(__file__).resolve().parent
REGISTRY = ROOT / "examples" / "storefront" / "registry"
WORKER = f"{FOLDER}service_worker.js?edge=first&deadline=300&features=/features&exposures=/exposures"
OF_THE_EDGE = b'{"decisions":{},"registry":"of the edge","at":5}'
LATE_SECONDS = 1.5
CONSENT = "groups%3DC0001%3A1%2CC0002%3A1%2CC0003%3A1"
REFUSAL = "groups%3DC0001%3A1%2CC0002%3A0%2CC0003%3A0"

REGISTER = f"""
const {{ registerServiceWorker }} = await import("/edgewise/registration.js");
await registerServiceWorker("{WORKER}");
for (let tries = 0; navigator.serviceWorker.controller === null; tries += 1) {{
  if (tries > 500) throw new Error("waited in vain");
  await new Promise((resolve) => setTimeout(resolve, 20));
}}
"""
ASK = f"""
const start = performance.now();
const response = await fetch("{DECIDE}");
return {{
  text: await response.text(),
  status: response.status,
  decided: response.headers.get("edgewise-decided"),
  took: performance.now() - start,
}};
"""
PAUSE = "await new Promise((resolve) => setTimeout(resolve, 300));"
TELL = f"""
navigator.serviceWorker.controller.postMessage({{ edgewise: "%s" }});
{PAUSE}
"""
KEPT = """
const found = await caches.match("/%s", { cacheName: "edgewise-visitor" });
return found ? await found.json() : null;
"""
POST = f"""
const body = JSON.stringify({{ decisions: ["nudge"] }});
return await (await fetch("{DECIDE}", {{ method: "POST", body }})).text();
"""


BEACON = 'navigator.sendBeacon("/exposures", "%s")'
UNUSABLE = (b"", b"{", b"[]", b'"x"', b'{"features":"x","units":5}', b"{" + b" " * 20_000 + b"}")


@cache
def files() -> Artefact:
    return build(REGISTRY, "browser")


@pytest.fixture(scope="module")
def browser(node: Path) -> Iterator[Page]:
    with LineProcess([node], str(HERE / "page.mjs"), require("chromium")) as process:
        yield Page(process)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        started.release(files().files)
        started.edge = Edge(OF_THE_EDGE)
        started.files["/features"] = b"null"
        yield started


@pytest.fixture
def page(browser: Page, site: Site) -> Page:
    """A page that the service worker serves."""
    browser.fresh()
    browser.open(site.url)
    browser.run(REGISTER)
    return browser


def asked(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.run(ASK)
    return found


def outcomes(answer: dict[str, Any]) -> dict[str, str]:
    return {name: one["outcome"] for name, one in json.loads(answer["text"])["decisions"].items()}


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until it holds, ten seconds at most: what is asserted afterwards says what is missing."""
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)


def hydrate(page: Page, site: Site) -> None:
    """Tell the service worker to ask the shop, and wait until it has taken in the answer."""
    before = site.asked.count("/features")
    page.run(TELL % "hydrate")
    wait_for(lambda: site.asked.count("/features") > before)
    page.run(PAUSE)


def agree(page: Page, value: str) -> None:
    page.run(f'document.cookie = "nf_consent={value}; path=/"; document.cookie = "nf_ship_to=DE; path=/";')


def test_the_edges_answer_is_passed_on_as_it_came(page: Page, site: Site) -> None:
    found = asked(page)
    assert (found["text"], found["status"], found["decided"]) == (OF_THE_EDGE.decode(), 200, None)
    site.edge = Edge(b'{"error":{}}', status=400)
    assert asked(page)["status"] == 400


@pytest.mark.parametrize(
    ("edge", "why"),
    [
        (Edge(OF_THE_EDGE, seconds=LATE_SECONDS), "late"),
        (Edge(OF_THE_EDGE, status=503), "failed"),
        (Edge(b"<html>", kind="text/html"), "failed"),
    ],
)
def test_without_an_answer_in_time_the_device_decides(page: Page, site: Site, edge: Edge, why: str) -> None:
    site.edge = edge
    found = asked(page)
    assert (found["status"], found["decided"]) == (200, why)
    assert outcomes(found)["announcement"] == "delivery_79"
    assert found["took"] < 1000 * LATE_SECONDS
    assert list(json.loads(page.run(POST))["decisions"]) == ["nudge"], "the device reads what the edge was sent"


def test_without_a_network_the_device_decides_and_says_so(page: Page, site: Site) -> None:
    page.offline(True)
    found = asked(page)
    assert (found["status"], found["decided"]) == (200, "offline")
    assert json.loads(found["text"])["registry"].startswith("sha256:")
    page.offline(False)
    assert asked(page)["decided"] is None


def test_the_gate_holds_on_the_device_too(page: Page, site: Site) -> None:
    page.offline(True)
    agree(page, REFUSAL)
    refused = asked(page)
    assert outcomes(refused)["home_hero"] == "hero_season", "no test without consent"
    assert outcomes(refused)["announcement"] == "delivery_49", "what needs no consent is read from the cookies"
    assert page.run(KEPT % "visitor") is None
    agree(page, CONSENT)
    allowed = asked(page)
    assert outcomes(allowed)["home_hero"] in ("hero_trail", "hero_summit")
    assert page.run(KEPT % "visitor")["id"]
    assert {outcomes(asked(page))["home_hero"] for _ in range(4)} == {outcomes(allowed)["home_hero"]}


def test_what_the_shop_knows_serves_offline_and_is_asked_for_again(page: Page, site: Site) -> None:
    agree(page, CONSENT)
    now = int(time.time() * 1000)
    known = {"units": {"visitor_id": "v1"}, "features": {"loyalty": "gold"}, "timestamps": {"profile": now}}
    site.files["/features"] = json.dumps(known).encode()
    hydrate(page, site)
    page.offline(True)
    assert outcomes(asked(page))["nudge"] == "nudge_member"
    assert page.run(KEPT % "visitor")["id"] == "v1", "the device and the edge mean the same visitor"
    # After a time without a network, the next answer of the edge is the time to ask anew.
    site.files["/features"] = json.dumps(known | {"features": {"loyalty": "none"}}).encode()
    page.offline(False)
    before = site.asked.count("/features")
    asked(page)
    wait_for(lambda: site.asked.count("/features") > before)
    page.run(PAUSE)
    assert site.asked.count("/features") == before + 1
    page.offline(True)
    assert outcomes(asked(page))["nudge"] == "nudge_advice"


def test_what_has_grown_stale_is_not_used_offline(page: Page, site: Site) -> None:
    agree(page, CONSENT)
    old = int(time.time() * 1000) - 8 * 86_400_000
    known = {"features": {"loyalty": "gold"}, "timestamps": {"profile": old}}
    site.files["/features"] = json.dumps(known).encode()
    hydrate(page, site)
    page.offline(True)
    assert outcomes(asked(page))["nudge"] == "nudge_advice"


def test_a_document_that_cannot_be_used_changes_nothing(page: Page, site: Site) -> None:
    agree(page, CONSENT)
    for document in UNUSABLE:
        site.files["/features"] = document
        hydrate(page, site)
    assert site.asked.count("/features") >= len(UNUSABLE)
    page.offline(True)
    assert outcomes(asked(page))["nudge"] == "nudge_advice"


def test_exposures_outlive_the_page_that_tells_them(page: Page, site: Site) -> None:
    for _ in range(3):
        page.run(BEACON % "seen")
        page.open(f"{site.url}/another")
    assert told(site, 3) == ["seen"] * 3


def test_exposures_wait_for_the_network(page: Page, site: Site) -> None:
    agree(page, CONSENT)
    page.offline(True)
    for number in range(70):
        page.run(BEACON % number)
    page.run("await new Promise((resolve) => setTimeout(resolve, 500));")
    page.offline(False)
    assert not told(site, 0)
    page.run(TELL % "hydrate")
    # At most 64 wait; of more, the oldest go.
    assert told(site, 64) == [str(number) for number in range(6, 70)]
    page.run(TELL % "hydrate")
    assert len(told(site, 64)) == 64


def test_without_consent_no_exposure_waits(page: Page, site: Site) -> None:
    agree(page, REFUSAL)
    page.offline(True)
    page.run(BEACON % "seen")
    page.run("await new Promise((resolve) => setTimeout(resolve, 300));")
    assert page.run("return await caches.has('edgewise-exposures')") is False


def test_without_consent_the_shop_is_not_asked_and_nothing_stays(page: Page, site: Site) -> None:
    page.run(TELL % "hydrate")
    assert "/features" not in site.asked
    agree(page, CONSENT)
    site.files["/features"] = b'{"features":{"loyalty":"gold"}}'
    hydrate(page, site)
    assert page.run(KEPT % "known")["features"] == {"loyalty": "gold"}
    page.offline(True)
    asked(page)
    agree(page, REFUSAL)
    page.run(TELL % "forget")
    assert page.run("return await caches.has('edgewise-visitor')") is False
    assert outcomes(asked(page))["nudge"] == "nudge_advice"
    assert page.run("return await caches.has('edgewise-visitor')") is False


def told(site: Site, count: int) -> list[str]:
    """What the shop was told, once so many reports are there or time is up."""
    wait_for(lambda: len(site.posted) >= count)
    return [body.decode() for target, body in site.posted if target == "/exposures"]
