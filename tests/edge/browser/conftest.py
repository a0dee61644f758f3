"""A visitor of a page with the client module; tests of other pages have their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.edge.browser.client import CLIENT, client_module
from tests.conformance.lines import LineProcess
from tests.edge.browser.client_pages import SLOTS, START, STYLE, USUAL, page_of
from tests.edge.browser.site import FOLDER, Edge, Page, Site, serving
from tests.runtimes import require

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def browser(node: Path) -> Iterator[Page]:
    with LineProcess([node], str(HERE / "page.mjs"), require("chromium")) as process:
        yield Page(process)


@pytest.fixture
def page(browser: Page) -> Page:
    browser.fresh()
    return browser


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as started:
        started.files = {
            f"{FOLDER}{CLIENT}": client_module(),
            "/start.js": START,
            "/style.css": STYLE.encode(),
            "/": page_of(SLOTS),
        }
        started.edge = Edge(USUAL)
        yield started
