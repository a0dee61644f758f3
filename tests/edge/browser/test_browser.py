"""In chromium: a page decides by itself; the service worker answers without a network, release by release."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.edge.browser.build import PAGE_ENTRY, PAGE_FILES, WORKER_ENTRY, WORKER_FILES
from tests.conformance.lines import LineProcess
from tests.edge.browser.site import FOLDER, Page, Site, serving
from tests.edge.serving import DECIDE, FLAGS, HEALTH, RELEASE, artefact, python_host
from tests.runtimes import require

HERE = Path(__file__).resolve().parent
AT = 1_763_712_000_000
REQUEST = {"units": {"visitor_id": "v1"}, "session": {"page_values": 20}, "timestamps": {"session": AT}}

UNTIL = """
async function until(isSo) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("waited in vain");
}
"""
REGISTER = f"""{UNTIL}
const {{ registerServiceWorker }} = await import("/edgewise/registration.js");
await registerServiceWorker();
await until(() => navigator.serviceWorker.controller !== null);
"""
GET = """
const response = await fetch("%s");
return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
"""
POST = """
const response = await fetch("%s", { method: "POST", body: %s });
return { status: response.status, text: await response.text() };
"""


@pytest.fixture(scope="module")
def browser(node: Path) -> Iterator[Page]:
    """One chromium for all tests."""
    with LineProcess([node], str(HERE / "page.mjs"), require("chromium")) as process:
        yield Page(process)


@pytest.fixture
def site() -> Iterator[Site]:
    """The shop, with the artefact of the registry of these tests."""
    with serving() as started:
        started.release(artefact("browser").files)
        yield started


@pytest.fixture
def page(browser: Page) -> Page:
    """A visitor's first page."""
    browser.fresh()
    browser.offline(False)
    return browser


def decided(page: Page, request: object, *, options: str = "") -> Any:
    body = f"""
    const {{ createEdgewise }} = await import("/edgewise/edgewise.js");
    const {{ observePage }} = await import("/edgewise/page.js");
    const edgewise = createEdgewise({{ clock: () => {AT}, {options} }});
    return edgewise.decideText(JSON.parse({json.dumps(json.dumps(request))}));
    """
    return json.loads(page.run(body))


def test_a_page_decides_as_the_host_does(page: Page, site: Site) -> None:
    page.open(site.url)
    for request in (
        {},
        REQUEST,
        {"decisions": ["shipping"]},
        {"geo": {"country": "DE"}},
        {"query": {"interests": "shoes"}},
    ):
        assert decided(page, request) == json.loads(python_host().decide(request, AT))
    assert DECIDE not in site.asked


def test_a_bad_list_of_decisions_is_the_pages_mistake(page: Page, site: Site) -> None:
    page.open(site.url)
    for decisions, code in (("home_hero", "bad-decisions"), ([5], "bad-decisions"), (["nope"], "unknown-decision")):
        with pytest.raises(RuntimeError, match="decision"):
            decided(page, {"decisions": decisions})
        body = f"""
        const {{ createEdgewise }} = await import("/edgewise/edgewise.js");
        const decisions = {json.dumps(decisions)};
        try {{ createEdgewise().decide({{ decisions }}); }} catch (error) {{ return error.code; }}
        """
        assert page.run(body) == code


def test_a_page_observes_device_query_and_cookies(page: Page, site: Site) -> None:
    page.open(f"{site.url}/?interests=shoes,bags&utm_campaign=free%20x")
    page.run('document.cookie = "theme=dark%20blue";')
    found = decided(page, {}, options="observed: observePage()")["decisions"]
    assert found["offers"]["outcome"] == "shoes"
    assert found["dark_mode"]["outcome"] == "is_on"
    assert found["shipping"]["outcome"] == "free"
    own = decided(page, {"query": {"interests": "bags"}}, options="observed: observePage()")["decisions"]
    assert (own["offers"]["outcome"], own["shipping"]["outcome"]) == ("bags", "free")


def test_a_failing_program_gives_the_neutral_outcomes(page: Page, site: Site) -> None:
    site.files[f"{FOLDER}program.js"] = b"export function decide() { throw new Error('fails'); }"
    page.open(site.url)
    found = decided(page, REQUEST, options="onError: () => {}")
    assert {one["mode"] for one in found["decisions"].values()} == {"neutral"}


def test_the_service_worker_answers_without_a_network(page: Page, site: Site) -> None:
    page.open(site.url)
    page.run(REGISTER)
    page.offline(True)
    health = page.run(GET % HEALTH)
    assert (health["status"], json.loads(health["text"])["status"]) == (200, "ok")
    assert health["type"] == "application/json; charset=utf-8"
    assert json.loads(page.run(GET % RELEASE)["text"])["target"] == "browser"
    answer = json.loads(page.run(POST % (DECIDE, json.dumps(json.dumps(REQUEST))))["text"])
    expected = json.loads(python_host().decide(REQUEST, answer["at"]))
    assert answer == expected
    flags = page.run(POST % (FLAGS, json.dumps('{"context":{"targetingKey":"v1"}}')))
    assert (flags["status"], len(json.loads(flags["text"])["flags"])) == (200, len(expected["decisions"]))
    assert page.run(POST % (DECIDE, '"{"'))["status"] == 400
    assert page.run(POST % (DECIDE, '" ".repeat(65537)'))["status"] == 413
    # The page's own modules come from the release's cache.
    assert page.run(GET % f"{FOLDER}tables.js")["status"] == 200
    assert decided(page, REQUEST)["decisions"] == json.loads(python_host().decide(REQUEST, AT))["decisions"]
    assert DECIDE not in site.asked


def test_a_visitor_keeps_the_id_that_was_drawn(page: Page, site: Site) -> None:
    page.open(site.url)
    page.run(REGISTER)
    first = json.loads(page.run(GET % DECIDE)["text"])["decisions"]
    for _ in range(3):
        assert json.loads(page.run(GET % DECIDE)["text"])["decisions"] == first
    kept = 'return (await (await (await caches.open("edgewise-visitor")).match("/visitor")).json()).id;'
    assert re.fullmatch(r"[0-9a-f-]{36}", drawn := page.run(kept))
    named = json.loads(page.run(POST % (DECIDE, json.dumps(json.dumps({"units": {"visitor_id": drawn}}))))["text"])
    assert named["decisions"] == first
    page.fresh()
    page.open(site.url)
    page.run(REGISTER)
    refused = {"consent": {"denied": ["storage"]}}
    page.run(POST % (DECIDE, json.dumps(json.dumps(refused))))
    assert page.run('return (await (await caches.open("edgewise-visitor")).match("/visitor")) === undefined;') is True


def test_other_paths_are_the_shops(page: Page, site: Site) -> None:
    page.open(site.url)
    page.run(REGISTER)
    assert "Shop" in page.run(GET % "/basket")["text"]
    assert "/basket" in site.asked


def test_a_new_release_takes_over_when_it_is_asked_to(page: Page, site: Site) -> None:
    page.open(site.url)
    page.run(REGISTER)
    before = page.run("return await caches.keys();")
    changed = dict(artefact("browser").files)
    changed["tables.js"] = changed["tables.js"].replace(b'"hero_default\\"', b'"hero_other\\"')
    assert changed["tables.js"] != artefact("browser").files["tables.js"]
    changed[WORKER_ENTRY] = changed[WORKER_ENTRY].replace(b"release ", b"release 2")
    changed["release.js"] = re.sub(rb'digest = "', b'digest = "2', changed["release.js"])
    site.release(changed)
    page.run(
        f"""{UNTIL}
        const registration = await navigator.serviceWorker.ready;
        await registration.update();
        await until(() => registration.waiting !== null);
        """
    )
    # It waits: an open page goes on with the release that it began with.
    is_new = """
    const body = JSON.stringify({ units: { visitor_id: null } });
    return (await (await fetch("/.edgewise/decide", { method: "POST", body })).text()).includes("hero_other");
    """
    assert page.run(is_new) is False
    page.run(
        """
        const { activateWaiting } = await import("/edgewise/registration.js");
        const changed = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
        activateWaiting(await navigator.serviceWorker.ready);
        await changed;
        """
    )
    assert page.run(is_new) is True
    names = page.run(
        f"{UNTIL} await until(async () => (await caches.keys()).length === 1); return await caches.keys();"
    )
    assert len(before) == len(names) == 1
    assert names != before


def test_the_release_names_what_it_caches() -> None:
    files = artefact("browser").files
    [listed] = re.findall(rb"files = (\[.*\]);", files["release.js"])
    assert set(json.loads(listed)) == files.keys() - {"release.js", WORKER_ENTRY, "artefact.json"}
    assert {PAGE_ENTRY, *PAGE_FILES, *WORKER_FILES} <= set(json.loads(listed))
    [digest] = re.findall(rb'digest = "([0-9a-f]{16})"', files["release.js"])
    assert digest in files[WORKER_ENTRY]
