"""Payloads cannot bring programs into a page, headers into a request, or visitors off the site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from decision_engine.ir import Program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from feature_registry import load
from tests.conftest import require_node
from tests.edge.delivery.site import PAGE, Reply, Site, hydrated
from tests.edge.delivery.site import site as running_site
from tests.registry.folders import check, write

pytestmark = pytest.mark.node

_QUOTES = ("", '"', "'", "`", "</h2>", '">', "'>", "-->", "]]>", "</script>", "</edgewise-slot>", "</title>", "\x00")
_PROGRAMS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    " onmouseover=alert(1) x=",
    "<style>*{background:url(//evil.example)}</style>",
    '<iframe srcdoc="<script>alert(1)</script>">',
    "javascript:alert(1)",
    "<!--<script>",
)
_OTHERS = (
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#x3C;script&#x3E;",
    "\u2028alert(1)\u2029",
    "\r\nset-cookie: a=1\r\n\r\n<html>",
    "%0d%0aset-cookie:%20a=1",
    "＜script＞alert(1)",
    "\ufeff<script>",
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
)
PAYLOADS = [quote + program for quote in _QUOTES for program in _PROGRAMS] + list(_OTHERS)
_ADDRESSES = (
    "javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "data:text/html,x",
    "//evil.example/", "/\\evil.example", "\\\\evil.example", "https://evil.example@x/\"", "/a\r\nset-cookie: a=1",
    "/\"onclick=x", "vbscript:x", "http://evil.example/", "https://", "/a b", "x", "",
)  # fmt: skip


def registry_of(texts: list[str]) -> dict[str, Any]:
    """The registry of these tests: decision by decision, payload number `query.n` is shown."""
    rules = [{"if": {"feature": "n", "is": index}, "show": f"p{index}"} for index in range(1, len(texts))]
    payloads = {f"p{index}": {"value": {"text": text, "link": "/x"}} for index, text in enumerate(texts)}
    return {
        "features": {"n": {"type": "number", "from": "query.n", "tier": 1}},
        "payloads": payloads,
        "decisions": {"hero": {"rules": rules, "otherwise": "p0"}},
        "policies": {
            "delivery": {
                "slots": {
                    "home_hero": {
                        "decision": "hero",
                        "html": '<a href="{link}" title="{text}"><b>{text}</b></a><i class="{text}">x</i>'
                        '<a href="/p/{text}">p</a><img src="/i.webp?x={text}" alt=\'{text}\'>',
                    }
                },
                "edits": [
                    {"selector": ".banner > a", "decision": "hero", "text": "text", "attributes": {"title": "text"}},
                    {"selector": "script", "decision": "hero", "text": "text"},
                    {"selector": "title", "decision": "hero", "text": "text", "attributes": {"class": "text"}},
                ],
                "hydrate": ["hero"],
                "segment": {"decisions": ["hero"], "headers": {"hero": "x-hero"}},
            }
        },
    }


class Skeleton(HTMLParser):
    """The elements of a page with the names of their attributes, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.values += [value or "" for _, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", (data,)))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The worker with payloads that try."""
    require_node()
    folder = tmp_path_factory.mktemp("hostile")
    with running_site(folder, compiled(folder, ["benign", *PAYLOADS])) as started:
        page = PAGE.replace("</body>", "<script>let own = 1;</script></body>")
        started.origin.replies["/page"] = Reply(body=page.encode())
        yield started


def compiled(folder: Path, texts: list[str]) -> Program:
    path = folder / "registry.json"
    path.write_text(json.dumps(registry_of(texts)), encoding="utf-8")
    return compile_program(load(path, SIGNATURES), edge_only=True)


def test_no_payload_changes_the_structure_of_a_page(hostile: Site) -> None:
    benign = Skeleton(hostile.worker.ask("GET", "/page?n=0").body.decode())
    assert benign.elements.count(("a", ("class", "href", "title"))) == 1
    assert len(PAYLOADS) >= 100
    for index, text in enumerate(PAYLOADS, start=1):
        answer = hostile.worker.ask("GET", f"/page?n={index}")
        page = answer.body.decode()
        found = Skeleton(page)
        assert found.elements == benign.elements, text
        assert found.values.count(f"p{index}") == 1 and "let own = 1;" in page and "<title>Shop</title>" in page
        shown = text.replace("\x00", "\ufffd").replace("\r", "\ufffd")
        assert shown in found.values, text
        data = hydrated(answer.body)
        assert data["decisions"]["hero"]["payload"] == {"text": text, "link": "/x"}
        assert "set-cookie" not in answer.headers
        assert hostile.origin.last[2]["x-hero"] == f"p{index}"


@pytest.mark.parametrize("address", _ADDRESSES)
def test_addresses_that_lead_elsewhere_are_refused_when_compiling(address: str, tmp_path: Path) -> None:
    document = registry_of(["benign", "other"])
    document["payloads"]["p1"]["value"]["link"] = address
    _, found = check(write(tmp_path, {"shop.json": [json.dumps(document)]}))
    assert [one.code for one in found] == ["missing-field"]


@pytest.mark.parametrize("address", [*_ADDRESSES[:-1], "https://evil.example/", "/a/../b", "/.edgewise/decide", "/#x"])
def test_redirects_off_the_site_are_refused_when_compiling(address: str, tmp_path: Path) -> None:
    document = registry_of(["benign", "other"])
    document["payloads"]["p1"]["value"]["path"] = address
    route = {"decision": "hero", "paths": ["/"], "kind": "redirect", "field": "path"}
    document["policies"]["delivery"]["routes"] = [route]
    _, found = check(write(tmp_path, {"shop.json": [json.dumps(document)]}))
    assert [one.code for one in found] == ["missing-field"]
