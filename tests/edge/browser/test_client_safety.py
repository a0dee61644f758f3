"""What the storefront's client never does with a payload: run it, read it as HTML, lead elsewhere."""

from __future__ import annotations

import re
from random import Random

from decision_engine.hosts.python.delivery.escape import is_safe_url
from tests.conftest import ROOT
from tests.edge.browser.client_pages import decided, page_of, shown
from tests.edge.browser.site import Edge, Page, Site
from tests.edge.delivery.test_injection import PAYLOADS

CLIENT_FOLDER = ROOT / "functions" / "edge" / "browser" / "client"
CHARACTERS = "".join(map(chr, range(0x20, 0x7F))) + "/?#:@.\\\n\t\u00e9\u212a\u2215"
SEED = 20261121
BAD_LINKS = (
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "vbscript:x",
    "data:text/html,x",
    "blob:x",
    "file:///etc/passwd",
    "http://elsewhere.example/",
    "//elsewhere.example/",
    "\\\\elsewhere.example",
    "https://",
    "https://user@elsewhere.example/",
    "/a b",
    '/"onclick=x',
    "/\\elsewhere.example",
    "x",
    "",
)
BOUND = (
    '<button data-fill="onclick:">x</button>',
    '<p data-fill="style:">x</p>',
    '<p data-fill="innerHTML:">x</p>',
    '<p data-fill="constructor:">x</p>',
    '<p data-fill="">x</p>',
    '<p data-fill="text:"><b>x</b></p>',
    '<p data-fill="href:">x</p>',
    '<iframe data-fill="src:"></iframe>',
    '<link data-fill="href:">',
    '<script data-fill="src:"></script>',
    '<p data-fill="text:title">x</p>',
)


def test_a_payload_that_does_not_fit_leaves_the_whole_slot(page: Page, site: Site) -> None:
    payloads: list[object] = [
        *({"title": "New", "link": link} for link in (*BAD_LINKS, {"href": "/new"}, ["/new"], 5, None)),
        *({"title": title, "link": "/new"} for title in (None, True, ["New"], {"text": "New"})),
        *({"link": "/new"}, "text", 5, None, []),
    ]
    slot = """<edgewise-slot name="slot%d"><h1 data-fill="text:title">Default</h1>
    <a href="/default" data-fill="href:link">go</a></edgewise-slot>"""
    site.files["/"] = page_of("".join(slot % index for index in range(len(payloads) + 1)))
    named = {f"slot{index}": payload for index, payload in enumerate(payloads)}
    good = {f"slot{len(payloads)}": {"title": "New", "link": "https://elsewhere.example/"}}
    site.edge = Edge(decided(**named, **good))
    page.open(site.url)
    found = shown(page)["slots"]
    states = [found[name][0] for name in (*named, *good)]
    assert states == ["unfit"] * len(payloads) + ["filled"]
    links = page.run('return [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"))')
    assert links == ["/default"] * len(payloads) + ["https://elsewhere.example/"]
    assert page.run('return document.body.innerText.split("Default").length - 1') == len(payloads)
    assert not page.said()


def test_only_texts_and_the_attributes_that_are_listed_can_be_bound(page: Page, site: Site) -> None:
    slots = "".join(f'<edgewise-slot name="slot{index}">{bound}</edgewise-slot>' for index, bound in enumerate(BOUND))
    site.files["/"] = page_of(slots)
    site.edge = Edge(decided(**{f"slot{index}": "/new" for index in range(len(BOUND))}))
    page.open(site.url)
    assert {state for state, _, _ in shown(page)["slots"].values()} == {"unfit"}
    read = 'return [...document.querySelectorAll("edgewise-slot")].map((slot) => slot.innerHTML)'
    assert page.run(read) == list(BOUND)


def test_what_would_be_a_program_in_html_is_a_text(page: Page, site: Site) -> None:
    slot = '<edgewise-slot name="slot%d"><p data-fill="text:text title:text aria-label:text">x</p></edgewise-slot>'
    body = "".join(slot % index for index in range(len(PAYLOADS)))
    site.files["/"] = page_of(body)
    site.edge = Edge(decided(**{f"slot{index}": {"text": text} for index, text in enumerate(PAYLOADS)}))
    page.open(site.url)
    page.run("await window.edgewise.ready")
    read = 'return [...document.querySelectorAll("p")].map((one) => [one.textContent, one.title, one.children.length])'
    assert page.run(read) == [[text, text, 0] for text in PAYLOADS]
    assert page.run('return document.body.querySelectorAll("*").length') == 2 * len(PAYLOADS)
    assert not page.said()


def test_the_members_of_a_prototype_are_no_payload(page: Page, site: Site) -> None:
    site.files["/"] = page_of('<edgewise-slot name="toString"><p data-fill="text:name">x</p></edgewise-slot>')
    page.open(site.url)
    assert shown(page)["slots"]["toString"] == ["unknown", "x", None]


def test_the_client_and_the_edge_agree_on_addresses() -> None:
    [pattern] = re.findall(r"const ADDRESS = /(.*)/;", (CLIENT_FOLDER / "client_slots.js").read_text(encoding="utf-8"))
    address = re.compile(pattern.replace("$", r"\Z"))
    random = Random(SEED)
    starts = ("", "/", "//", "https://", "HTTPS://", "https:/", "http://", "https://a", "/a", "javascript:")
    drawn = [random.choice(starts) + "".join(random.choices(CHARACTERS, k=random.randint(0, 6))) for _ in range(20_000)]
    assert [one for one in (*BAD_LINKS, *drawn) if (address.match(one) is not None) != is_safe_url(one)] == []
    assert 1000 < sum(map(is_safe_url, drawn)) < 19_000
