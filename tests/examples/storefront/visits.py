"""A visitor of the example shop in chromium, and what the shop shows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.storefront.edge import Storefront, storefront
from infra.dev import free_port
from tests.conformance.lines import LineProcess
from tests.conftest import ROOT
from tests.edge.browser.site import Page
from tests.runtimes import require

DEFAULTS = {
    "announcement": "Free delivery from €79 · back within 60 days",
    "home_hero": "Made for weather",
    "nudge": "Questions? People who hike answer until 8 pm.",
    "picks": "Camp mug",
}
MOST_SECONDS = 20.0
BUYER = {"product_pages": "25", "product_seconds": "1500", "bounce_rate": "0.005", "exit_rate": "0.015"}

SETTLED = """
for (let tries = 0; document.readyState !== "complete" || window.edgewise === undefined; tries += 1) {
  if (tries > 500) throw new Error("waited in vain");
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await window.edgewise.ready;
await new Promise((resolve) => setTimeout(resolve, 100));
"""
SHOWN = """
const slots = [...document.querySelectorAll("edgewise-slot")];
const words = (slot) => (slot.querySelector("h1, p, b") ?? slot).textContent.trim();
const moves = [];
const observer = new PerformanceObserver((list) => moves.push(...list.getEntries()));
observer.observe({ type: "layout-shift", buffered: true });
await new Promise((resolve) => setTimeout(resolve, 50));
return {
  words: Object.fromEntries(slots.map((slot) => [slot.getAttribute("name"), words(slot)])),
  outcomes: Object.fromEntries(slots.map((slot) => [slot.getAttribute("name"), slot.dataset.edgewise ?? null])),
  moved: moves.reduce((sum, { value }) => sum + value, 0),
};
"""
CONTROLLED = """
for (let tries = 0; navigator.serviceWorker.controller === null; tries += 1) {
  if (tries > 500) throw new Error("waited in vain");
  await new Promise((resolve) => setTimeout(resolve, 20));
}
"""


@dataclass(frozen=True)
class Shown:
    """What the slots of a page show: their first words, and the outcomes; how far the page has moved."""

    words: dict[str, str]
    outcomes: dict[str, str | None]
    moved: float


@dataclass(frozen=True)
class Visit:
    """A visitor with his browser."""

    page: Page
    store: Storefront

    def open(self, path: str = "/") -> Shown:
        """Go to a page, and wait for its slots."""
        self.page.open(self.store.url + path)
        return self.look()

    def look(self) -> Shown:
        """What the page shows when all that was asked for is there."""
        return Shown(**self.page.run(SETTLED + SHOWN))

    def accept(self) -> None:
        """Agree to be remembered, and wait for what follows."""
        self.page.click('[data-consent="all"]')
        self.page.run(CONTROLLED)
        until(lambda: "nf_visitor" in self.page.cookies())
        self.look()

    def withdraw(self) -> None:
        """Take the consent back, and wait until the page shows what everybody sees."""
        self.page.click('[data-consent="ask"]')
        self.page.click('[data-consent="none"]')
        until(lambda: set(self.page.cookies()) == {"nf_consent"} and self.look().words == DEFAULTS)

    def sign_in_or_out(self) -> None:
        """Press the button at the top, and wait until the shop has taken it in."""
        was_member = "nf_member" in self.page.cookies()
        self.page.click(".top form button")
        until(lambda: ("nf_member" in self.page.cookies()) != was_member)

    def known(self) -> Any:
        """What the service worker keeps of what the shop knows; None while it keeps nothing."""
        return self.page.run(
            """
            const found = await caches.match("/known", { cacheName: "edgewise-visitor" });
            const visitor = await caches.match("/visitor", { cacheName: "edgewise-visitor" });
            return found && visitor ? { ...(await found.json()), visitor: (await visitor.json()).id } : null;
            """
        )

    def behave(self, **cookies: str) -> None:
        """Have done in this session what the shop would have kept."""
        for name, value in cookies.items():
            self.page.run(f"document.cookie = {json.dumps(f'nf_{name}={value}; path=/')};")

    def ask(self) -> Any:
        """The answer of the route of decisions, and where it was made."""
        return self.page.run(
            """
            const response = await fetch("/.edgewise/decide");
            return { decided: response.headers.get("edgewise-decided"), ...(await response.json()) };
            """
        )


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; a page that is just leaving is asked again."""
    deadline = time.monotonic() + MOST_SECONDS
    while True:
        with suppress(RuntimeError):
            if holds():
                return
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@contextmanager
def visiting(node: Path, slots: str) -> Iterator[Visit]:
    """One chromium and one shop."""
    chromium = require("chromium")
    script = str(ROOT / "tests" / "edge" / "browser" / "page.mjs")
    with storefront(free_port(), slots=slots) as store, LineProcess([node], script, chromium) as process:
        yield Visit(Page(process), store)
