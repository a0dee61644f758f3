"""A page with slots and the client module, for chromium, and what its slots show."""

from __future__ import annotations

import json
from typing import Any

from tests.edge.browser.site import Page

DEADLINE_MS = 400

START = (
    b"""
import { startEdgewise } from "/edgewise/client.js";
window.started = performance.now();
window.edgewise = startEdgewise({ deadline: %d, exposures: "/exposures" });
window.paints = performance.getEntriesByType("paint").length;
"""
    % DEADLINE_MS
)
STYLE = "body{margin:0}edgewise-slot{display:block}#fixed{height:60px;overflow:hidden}"
SLOTS = """
<edgewise-slot name="hero" id="fixed">
<h1 data-fill="text:title">Default</h1><a href="/default" title="Old" data-fill="href:link title:title">go</a>
</edgewise-slot>
<edgewise-slot name="line"><p data-fill="text:">a line</p></edgewise-slot>
<edgewise-slot name="nobody"><p data-fill="text:">stays</p></edgewise-slot>
<p id="after">after</p>
"""


def page_of(body: str, *, data: str = "", blocking: str = "") -> bytes:
    head = f'<link rel=stylesheet href="/style.css"><script type=module {blocking} src="/start.js"></script>'
    return f"<!doctype html><meta charset=utf-8><title>Shop</title>{head}{body}{data}".encode()


def decided(**payloads: Any) -> bytes:
    """An answer of the edge; `hero` is of an experiment."""
    test = {"experiment": "hero_test", "variation": "bold"}
    none = {"experiment": None, "variation": None}
    decisions = {
        name: {"outcome": f"{name}_1", "payload": payload, "reason": "SPLIT", "rule": 0, "mode": "edge"}
        | (test if name == "hero" else none)
        for name, payload in payloads.items()
    }
    return json.dumps({"decisions": decisions, "registry": "sha256:0", "at": 5}).encode()


USUAL = decided(hero={"title": "New <b>title</b>", "link": "/new"}, line="another line")


def shown(page: Page) -> dict[str, Any]:
    """What stands in the slots when the client is ready, how each ended, and how far the page has moved."""
    found: dict[str, Any] = page.run(
        """
        await window.edgewise.ready;
        await new Promise((resolve) => setTimeout(resolve, 80));
        const shifts = [];
        const observer = new PerformanceObserver((list) => shifts.push(...list.getEntries()));
        observer.observe({ type: "layout-shift", buffered: true });
        await new Promise((resolve) => setTimeout(resolve, 40));
        const slots = [...document.querySelectorAll("edgewise-slot")];
        const read = (slot) => [slot.edgewise ?? null, slot.textContent.trim(), slot.dataset.edgewise ?? null];
        const link = document.querySelector("a");
        return {
          slots: Object.fromEntries(slots.map((slot) => [slot.getAttribute("name"), read(slot)])),
          link: link && [link.getAttribute("href"), link.title],
          moved: shifts.reduce((sum, { value }) => sum + value, 0),
        };
        """
    )
    return found
