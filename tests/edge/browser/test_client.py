"""The storefront's client in chromium: slots get what the edge decided, in time, safely, and nothing moves."""

from __future__ import annotations

import gzip
import json
import time

import pytest

from functions.edge.browser.client import client_module
from tests.edge.browser.client_pages import DEADLINE_MS, SLOTS, USUAL, decided, page_of, shown
from tests.edge.browser.site import DECIDE, Edge, Page, Site

MOST_BYTES = 2048
LATE_SECONDS = 1.0


def test_slots_show_what_the_edge_decided(page: Page, site: Site) -> None:
    page.open(site.url)
    found = shown(page)
    assert found["slots"] == {
        "hero": ["filled", "New <b>title</b>go", "hero_1"],
        "line": ["filled", "another line", "line_1"],
        "nobody": ["unknown", "stays", None],
    }
    assert found["link"] == ["/new", "New <b>title</b>"]
    assert page.run('return document.querySelector("h1").children.length') == 0, "a payload is no HTML"
    assert found["moved"] == 0
    assert site.asked.count(DECIDE) == 1
    assert not site.posted
    assert not page.said()


def test_what_comes_after_the_deadline_is_not_shown(page: Page, site: Site) -> None:
    site.edge = Edge(USUAL, seconds=LATE_SECONDS)
    page.open(site.url)
    found = shown(page)
    waited = page.run("await window.edgewise.ready; return performance.now() - window.started")
    assert found["slots"]["hero"] == [None, "Defaultgo", None]
    assert DEADLINE_MS - 50 <= waited < 1000 * LATE_SECONDS
    time.sleep(LATE_SECONDS)
    late = shown(page)
    assert late["slots"] == found["slots"]
    assert late["moved"] == 0
    assert not page.said()


def test_outcomes_that_came_with_the_page_are_there_before_it_is_painted(page: Page, site: Site) -> None:
    data = (
        f'<script type="application/json" id="edgewise-data">{USUAL.decode().replace("<", chr(92) + "u003c")}</script>'
    )
    site.files["/"] = page_of(SLOTS.replace("<h1", "<h1 class=long"), data=data, blocking="blocking=render")
    page.open(site.url)
    found = shown(page)
    assert found["slots"]["hero"] == ["filled", "New <b>title</b>go", "hero_1"]
    assert page.run("return window.paints") == 0
    assert found["moved"] == 0
    assert DECIDE not in site.asked


def test_a_swap_that_would_move_the_page_is_not_made(page: Page, site: Site) -> None:
    site.edge = Edge(decided(line="long " * 200, hero={"title": "long " * 200, "link": "/new"}), seconds=0.2)
    page.open(site.url)
    found = shown(page)
    assert found["slots"]["line"] == ["moved", "a line", None]
    assert found["slots"]["hero"] == ["moved", "Defaultgo", None]
    assert found["moved"] == 0
    # Were it made, it would be seen: the measure works.
    page.run('document.querySelector("[name=line] p").textContent = "long ".repeat(200)')
    assert shown(page)["moved"] > 0


@pytest.mark.parametrize(
    "edge",
    [
        Edge(b"", status=500),
        Edge(b'{"error":{}}', status=400),
        Edge(b"<html>", kind="text/html"),
        Edge(b"{"),
        Edge(b"null"),
        Edge(b"[]"),
        Edge(b'{"decisions":null}'),
        Edge(b'{"decisions":{"hero":5,"line":null}}'),
        Edge(b'{"decisions":{"hero":{},"line":[]}}'),
    ],
    ids=lambda edge: f"{edge.status} {edge.body[:24]!r}",
)
def test_no_answer_leaves_the_default(page: Page, site: Site, edge: Edge) -> None:
    site.edge = edge
    page.open(site.url)
    slots = shown(page)["slots"]
    assert {name: text for name, (_, text, _) in slots.items()} == {
        "hero": "Defaultgo",
        "line": "a line",
        "nobody": "stays",
    }
    # The browser itself notes a status that tells of an error.
    assert [one for one in page.said() if not one.startswith("Failed to load resource")] == []


def test_a_question_that_was_preloaded_is_not_asked_twice(page: Page, site: Site) -> None:
    preload = f'<link rel=preload as=fetch crossorigin href="{DECIDE}">'
    site.files["/"] = page_of(SLOTS).replace(b"<title>", preload.encode() + b"<title>")
    page.open(site.url)
    assert shown(page)["slots"]["line"][0] == "filled"
    assert site.asked.count(DECIDE) == 1


def test_the_pages_query_goes_with_the_question_but_brings_no_request_object(page: Page, site: Site) -> None:
    page.open(f"{site.url}/?utm_campaign=sale&d=%7B%22features%22%3A%7B%7D%7D")
    assert shown(page)["slots"]["line"][0] == "filled"
    [(target, body)] = site.posted
    assert target == f"{DECIDE}?utm_campaign=sale&d=%7B%22features%22%3A%7B%7D%7D"
    assert json.loads(body) == {}


def test_a_request_object_of_the_page_is_posted(page: Page, site: Site) -> None:
    page.open(site.url)
    shown(page)
    page.run("await window.edgewise.ask({ session: { basket_value: 20 } })")
    assert [json.loads(body) for _, body in site.posted] == [{"session": {"basket_value": 20}}]


def test_what_was_seen_of_experiments_is_told_once_when_the_page_goes(page: Page, site: Site) -> None:
    site.files["/"] = page_of(
        SLOTS + '<div id="gap"></div><edgewise-slot name="hero"><h1 data-fill="text:title">x</h1></edgewise-slot>'
    )
    page.open(site.url)
    shown(page)
    page.run("await window.edgewise.ask()")
    time.sleep(0.2)
    page.open(f"{site.url}/other")
    [(target, body)] = [one for one in waited(site) if one[0] == "/exposures"]
    exposure = {
        "decision": "hero",
        "outcome": "hero_1",
        "experiment": "hero_test",
        "variation": "bold",
        "registry": "sha256:0",
        "at": 5,
        "decided": None,
    }
    assert json.loads(body) == {"exposures": [exposure]}
    assert target == "/exposures"


def test_what_was_never_in_sight_is_not_told(page: Page, site: Site) -> None:
    site.files["/style.css"] += b"#fixed{margin-top:5000px}"
    page.open(site.url)
    assert shown(page)["slots"]["hero"][0] == "filled"
    page.open(f"{site.url}/other")
    time.sleep(0.3)
    assert not site.posted


def test_a_withdrawal_brings_the_default_back_and_tells_nothing(page: Page, site: Site) -> None:
    page.open(site.url)
    shown(page)
    site.edge = Edge(USUAL, seconds=0.2)
    page.run('const asked = window.edgewise.ask(); dispatchEvent(new Event("edgewise:withdraw")); await asked;')
    found = shown(page)
    assert {name: (text, outcome) for name, (_, text, outcome) in found["slots"].items()} == {
        "hero": ("Defaultgo", None),
        "line": ("a line", None),
        "nobody": ("stays", None),
    }
    assert found["link"] == ["/default", "Old"]
    assert found["moved"] == 0
    page.open(f"{site.url}/other")
    time.sleep(0.3)
    assert not [target for target, _ in site.posted if target == "/exposures"]


def test_after_a_consent_the_edge_is_asked_anew(page: Page, site: Site) -> None:
    page.open(site.url)
    shown(page)
    site.edge = Edge(decided(line="with consent"))
    page.run('dispatchEvent(new Event("edgewise:consent")); await new Promise((resolve) => setTimeout(resolve, 200));')
    assert shown(page)["slots"]["line"][1] == "with consent"
    assert site.asked.count(DECIDE) == 2


def test_an_answer_that_does_not_come_leaves_what_is_shown(page: Page, site: Site) -> None:
    page.open(site.url)
    shown(page)
    site.edge = Edge(USUAL, seconds=LATE_SECONDS)
    page.run("await window.edgewise.ask()")
    assert shown(page)["slots"]["line"][1] == "another line"


def test_slots_that_are_added_are_filled_from_the_answer_there_is(page: Page, site: Site) -> None:
    page.open(site.url)
    shown(page)
    page.run(
        """
        const part = document.createElement("section");
        const slot = document.createElement("edgewise-slot");
        slot.setAttribute("name", "line");
        slot.append(document.createElement("p"));
        slot.firstChild.dataset.fill = "text:";
        slot.firstChild.textContent = "a new line";
        part.append(slot);
        document.body.append(part);
        window.edgewise.fill(part);
        """
    )
    assert page.run('return document.querySelector("section").textContent') == "another line"
    assert site.asked.count(DECIDE) == 1


def test_a_slot_that_the_edge_has_filled_is_left_alone(page: Page, site: Site) -> None:
    filled = '<edgewise-slot name="line" data-edgewise="line_1"><p data-fill="text:">of the edge</p></edgewise-slot>'
    site.files["/"] = page_of(filled)
    page.open(site.url)
    assert shown(page)["slots"]["line"] == [None, "of the edge", "line_1"]
    assert DECIDE not in site.asked
    page.run('setTimeout(() => dispatchEvent(new Event("edgewise:withdraw")))')
    time.sleep(0.5)
    assert site.asked.count("/") == 2, "only the edge has the default: the page is loaded anew"


def test_the_client_is_small() -> None:
    size = len(gzip.compress(client_module(), compresslevel=9, mtime=0))
    assert MOST_BYTES / 2 < size <= MOST_BYTES


def waited(site: Site) -> list[tuple[str, bytes]]:
    for _ in range(100):
        if site.posted:
            break
        time.sleep(0.02)
    return site.posted
