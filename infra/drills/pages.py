"""Drills of pages: no visitor's page reaches another through a cache, and no payload becomes more than text."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from random import Random

from decision_engine.operators import SIGNATURES
from feature_registry import Registry, RegistryError, load
from infra.drills import corpora
from infra.drills.checking import Check, Fault
from infra.drills.client import Reply
from infra.drills.drill import Phase, Trial
from infra.drills.place import Place, open_place
from infra.drills.requests import STRICT, UNITED_STATES, Lines, at, get, shop_pages

CASES = 10_000
PAGE_MS = 40.0
SEED = 21
SPOOFED = "spoofed-by-a-visitor"
PUBLIC = {"cache-control": "public, max-age=600"}

_TARGETS = ("/", "/sale", "/?utm_campaign=sale-2026-11", "/p/1?x=1", "/sale?edgewise_preview=1.drill.x.y")
_PLACES: tuple[Mapping[str, str], ...] = (
    UNITED_STATES,
    STRICT,
    {"country": "AT", "regionCode": "9"},
    {"country": "CH"},
    {"country": "FR", "regionCode": "IDF"},
    {},
)
_SAFE_STARTS = ("/", "https://")
_TEXTS = 100


def needs_delivery(place: Place) -> str | None:
    """Why pages cannot be drilled."""
    delivery = place.stage("delivery")
    return None if delivery is not None and delivery["slots"] else "the registry has no policy `delivery` with slots"


def poisoned_caches(place: Place) -> Iterator[Phase]:
    """Random visitors of a few pages before two caches, one in front of the edge and one behind it: what the key of a
    cache does not tell apart must be the same page. The cache in front goes by address, by what `vary` names and by the
    token; the one behind it by the address and the token that the edge sends."""
    header = _segment_header(place)
    front: dict[tuple[object, ...], bytes] = {}
    source = Random(SEED)
    trials = []
    for _ in range(CASES):
        lines, target = _visitor(place, source, header), source.choice(_TARGETS)
        trials.append(Trial(get(target, lines), _same_page(front, target, lines, header)))
    yield Phase(
        "a few pages, many visitors",
        trials,
        enter=lambda: place.neighbours.tell(origin={"html": _page(place), "headers": PUBLIC}),
        leave=lambda: (*_tokens(place, header), *([] if front else ["no page could be kept by a cache"])),
        added_ms=PAGE_MS,
        usual=shop_pages(place, 1_000),
    )


@contextmanager
def injections_place(_: Place) -> Iterator[Place]:
    """A worker whose payloads are the texts of the corpus, in every place that delivery has for one. The compiler
    refuses many of them as links and paths: they are put into the tables afterwards, as who can write there would."""
    with open_place(_registry([_mark(number) for number in range(_TEXTS)]), rewrite=_with_texts) as place:
        yield place


def unsafe_links_are_refused(_: Place) -> Iterable[str]:
    """The compiler names each payload whose text is an address that leads elsewhere."""
    texts = list(corpora.injections())
    try:
        _registry(texts)
    except RegistryError as refused:
        named = {one.pointer for one in refused.diagnostics}
    else:
        named = set()
    for number, text in enumerate(texts):
        if not _is_safe(text) and not any(f"/injected_{number}/" in pointer for pointer in named):
            yield f"the compiler takes `{text}` for an address"


def injections(place: Place) -> Iterator[Phase]:
    """Each payload in the page, in its headers, as a redirect, and in JSON."""
    pages, answers = [], []
    for number, text in enumerate(corpora.injections()):
        pages.append(Trial(get(f"/?n={number}"), _only_text(text)))
        pages.append(Trial(get(f"/go?n={number}"), _stays_here))
        answers.append(Trial(get(f"/.edgewise/decide?n={number}"), _json_only(place, text)))
    neighbours = place.neighbours
    slots = "".join(f'<edgewise-slot name="{name}">d</edgewise-slot>' for name in "st")
    page = f"<html><head><title>x</title></head><body>{slots}<h1>h</h1></body></html>"

    def enter() -> None:
        neighbours.tell(origin={"html": page})

    yield Phase("payloads in pages", pages, enter=enter, added_ms=PAGE_MS, usual=shop_pages(place, 1_000))
    yield Phase("payloads in JSON", answers)


def _visitor(place: Place, source: Random, header: str) -> Lines:
    choices: dict[str, tuple[str, ...]] = {
        "cookie": tuple(f"{place.cookie}=v{number}; theme=dark" for number in range(12)),
        "sec-ch-ua-mobile": ("?0", "?1"),
        "sec-ch-ua-platform": ('"Windows"', '"iOS"'),
        "user-agent": ("Mozilla/5.0 (iPhone)", "Mozilla/5.0 (Windows NT 10.0)"),
        "accept-language": ("de", "en", "fr;q=0.5"),
        "sec-gpc": ("1",),
        "x-forwarded-host": ("evil.example",),
        "x-forwarded-proto": ("http",),
        "x-original-url": ("/admin",),
        "referer": ("https://evil.example/",),
        header: (SPOOFED,),
        "if-none-match": ('"a"',),
        "sec-fetch-dest": ("document", "empty"),
        "save-data": ("on",),
    }
    drawn = {name: source.choice(values) for name, values in choices.items() if source.random() < 0.4}
    return at(source.choice(_PLACES), [(name.encode(), value.encode()) for name, value in drawn.items()])


def _same_page(front: dict[tuple[object, ...], bytes], target: str, lines: Lines, header: str) -> Check:
    sent = {name.decode(): value.decode() for name, value in lines}

    def check(reply: Reply) -> Fault | None:
        if reply.status not in (200, 304):
            return Fault("wrong", f"expected a page, found status {reply.status}")
        if SPOOFED.encode() in reply.head or SPOOFED.encode() in reply.body:
            return Fault("wrong", "the visitor's own token came back")
        rule = reply.header("cache-control") or ""
        if "no-store" in rule or "private" in rule:
            return None
        varied = [name.strip().lower() for name in (reply.header("vary") or "").split(",") if name.strip()]
        if "*" in varied:
            return None
        shown = tuple((name, sent.get(name)) for name in varied if name != header)
        key = (target, reply.header(header), shown, reply.status)
        if front.setdefault(key, reply.body) != reply.body:
            return Fault("wrong", f"two pages under one cache key {key}")
        return None

    return check


def _tokens(place: Place, header: str) -> Iterable[str]:
    """What the origin got: tokens of the edge alone, and few of them."""
    found = set()
    for who, _, _, headers, _ in json.loads(place.neighbours.kept()):
        if who == "origin":
            found |= {value for name, value in headers if name == header}
    if any(SPOOFED in value for value in found):
        yield "a visitor's own token reached the origin"
    if len(found) > 200:
        yield f"the origin saw {len(found)} tokens: they are made of more than outcomes"
    if place.neighbours.counts()["origin"] == 0:
        yield "the origin was never asked"


def _segment_header(place: Place) -> str:
    segment = place.stage("delivery")["segment"]
    return "edgewise-segment" if segment is None else str(segment["header"])


def _page(place: Place) -> str:
    slots = "".join(
        f'<edgewise-slot name="{name}">default</edgewise-slot>' for name in place.stage("delivery")["slots"]
    )
    return f"<!doctype html><html><head><title>Shop</title></head><body>{slots}</body></html>"


class _Elements(HTMLParser):
    """What of a page is no text: its elements with their attributes; and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script" and self.scripts:
            self.scripts[-1] += data

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_decl(self, decl: str) -> None:
        self.odd.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)


_ELEMENTS = ("html", "head", "script", "title", "body", "edgewise-slot", "a", "edgewise-slot", "a", "h1")
_ATTRIBUTES = {
    "script": {"type", "id"},
    "edgewise-slot": {"name", "data-edgewise"},
    "a": {"href", "title"},
    "h1": {"data-text", "title"},
}


def _only_text(text: str) -> Check:
    def check(reply: Reply) -> Fault | None:
        if reply.status != 200:
            return Fault("wrong", f"expected a page, found status {reply.status}")
        problem = _header_problem(reply) or _page_problem(reply.body.decode("utf-8", "replace"), text)
        return None if problem is None else Fault("wrong", problem)

    return check


def _page_problem(page: str, text: str) -> str | None:
    parser = _Elements()
    parser.feed(page)
    parser.close()
    names = tuple(name for name, _ in parser.elements)
    plain = (*_ELEMENTS[:-2], _ELEMENTS[-1])  # a link that leads elsewhere leaves the second slot as it is
    if names not in (_ELEMENTS, plain) or parser.odd:
        return f"the page has elements {names} {parser.odd}"
    for name, attributes in parser.elements:
        if not set(attributes) <= _ATTRIBUTES.get(name, set()):
            return f"`{name}` has attributes {sorted(attributes)}"
    for href in (attributes.get("href") for name, attributes in parser.elements if name == "a"):
        if href and not _is_safe(href):
            return f"a link leads to `{href}`"
    data = json.loads(parser.scripts[0])
    found = data["decisions"]["d"]["payload"]["title"]
    return None if found == text else f"the data says `{found}`"


def _is_safe(href: str) -> bool:
    return href.startswith(_SAFE_STARTS) and not href.startswith(("//", "/\\")) and not set(href) & set("\t\r\n\\")


def _stays_here(reply: Reply) -> Fault | None:
    """A redirect of a payload leads to a path of the site, or there is none."""
    location = reply.header("location")
    if reply.status == 200 and location is None:
        return None
    if reply.status in (302, 303, 307) and location and location.startswith("/") and _is_safe(location):
        return None
    return Fault("wrong", f"expected a path of the site or a page, found {reply.status} to `{location}`")


def _json_only(place: Place, text: str) -> Check:
    decided = place.checker.decided()

    def check(reply: Reply) -> Fault | None:
        fault = decided(reply)
        if fault is not None:
            return fault
        if reply.header("content-type") != "application/json; charset=utf-8":
            return Fault("wrong", f"the answer is of type {reply.header('content-type')}")
        found = json.loads(reply.body)["decisions"]["d"]["payload"]["title"]
        problem = _header_problem(reply) or (None if found == text else f"expected `{text}`, found `{found}`")
        return None if problem is None else Fault("wrong", problem)

    return check


def _header_problem(reply: Reply) -> str | None:
    added = [name for name in ("x-owned", "location") if reply.header(name) is not None]
    cookies = [value for value in reply.headers("set-cookie") if "owned" in value]
    return f"the answer has headers of a payload: {added + cookies}" if added or cookies else None


def _mark(number: int) -> str:
    return f"/mark-{number}-of-drills"


def _with_texts(tables: bytes) -> bytes:
    """Tables with the corpus in the place of marks; payloads are JSON texts within JSON."""
    for number, text in enumerate(corpora.injections()):
        inner = json.dumps(text)[1:-1]
        tables = tables.replace(_mark(number).encode(), json.dumps(inner)[1:-1].encode())
    return tables


def _registry(texts: Sequence[str]) -> Registry:
    """A registry with a payload for each text, chosen by a number in the page's address."""
    described = {"description": "A text that would be more than text.", "owner": "drills"}
    names = [f"injected_{number}" for number in range(len(texts))]
    rules = [{"if": {"feature": "n", "is": number}, "show": name} for number, name in enumerate(names)]
    edit = {"selector": "h1", "decision": "d", "text": "title", "attributes": {"data-text": "title", "title": "link"}}
    delivery = {
        **described,
        "slots": {
            "s": {"decision": "d", "html": '<a href="/p/{title}" title="{title}">{title}</a>'},
            "t": {"decision": "d", "html": '<a href="{link}">more</a>'},
        },
        "edits": [edit],
        "hydrate": ["d"],
        "segment": {"decisions": ["d"], "headers": {"d": "x-injected"}},
        "routes": [{"decision": "d", "paths": ["/go"], "kind": "redirect", "field": "path"}],
    }
    document = {
        "features": {"n": {**described, "type": "number", "from": "query.n"}},
        "payloads": {
            name: {**described, "value": {"title": text, "link": text, "path": text}}
            for name, text in zip(names, texts, strict=True)
        },
        "decisions": {"d": {**described, "rules": rules, "otherwise": names[0]}},
        "policies": {"delivery": delivery},
    }
    with tempfile.TemporaryDirectory(prefix="edgewise-drill-") as folder:
        path = Path(folder, "registry.json")
        path.write_text(json.dumps(document), encoding="utf-8")
        return load(path, SIGNATURES)
