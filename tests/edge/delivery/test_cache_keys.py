"""No page of one visitor reaches another by a cache: if an input changes an answer, the answer's cache key shows it.

Two caches are modelled over random requests. One stands in front of the edge and goes by the address, by what `vary`
names, and by the token; one stands behind it and goes by the address and the token that the origin got. What says
`no-store` is in neither.
"""

from __future__ import annotations

import http.client
import json
import random
from contextlib import closing

import pytest

from functions.edge.cloudflare import CF_HEADER
from tests.edge.delivery.site import PAGE, Reply, Site
from tests.edge.serving import LOCAL

pytestmark = pytest.mark.node

REQUESTS = 10_000
PUBLIC = {"cache-control": "public, max-age=600"}
TARGETS = (
    "/",
    "/page",
    "/page?campaign=sale",
    "/?campaign=sale",
    "/?campaign=b",
    "/home/x?campaign=sale",
    "/data",
    "/gone",
)
MORE_TARGETS = (
    "/page?edgewise_preview=1.k1.x",
    "/packed",
    "/page?d=%7B%22features%22%3A%7B%22country%22%3A%22DE%22%7D%7D",
)
HEADERS: dict[str, tuple[str, ...]] = {
    "x-tag": ("sale", "other", "sale\t"),
    "cookie": (
        "basket=200",
        "basket=5",
        "ew_visitor=v1; basket=150",
        "ew_visitor=v2",
        "edgewise-segment=1; basket=101",
    ),
    "accept": ("text/html", "application/json", "*/*", "image/webp"),
    "sec-fetch-dest": ("document", "empty", "image", "script"),
    "accept-language": ("de", "en-US,en;q=0.9"),
    "user-agent": ("Mozilla/5.0 (iPhone)", "curl/8"),
    "sec-gpc": ("1", "0"),
    "sec-ch-ua-mobile": ("?1", "?0"),
    "if-none-match": ('"1"', "*"),
    "if-modified-since": ("Sat, 21 Nov 2026 17:00:00 GMT",),
    "edgewise-segment": ("6dcb878c-0-3-5.6-9-9-2", "evil"),
    "x-home-hero": ("evil", "hero_dach"),
    "x-offers": ("evil",),
    "x-forwarded-host": ("evil.example",),
    "x-original-url": ("/admin",),
    "referer": ("https://evil.example/",),
    "origin": ("https://evil.example",),
    "cache-control": ("no-cache",),
    "edgewise-preview": ("decision home_hero=hero_dach",),
}
OWN = ("edgewise-segment", "x-home-hero", "x-offers")


def test_if_an_input_changes_an_answer_its_cache_key_shows_it(site: Site) -> None:
    origin = site.origin
    for path in ("/", "/page", "/home/x", "/home-b"):
        origin.replies[path] = Reply(headers=PUBLIC)
    origin.replies["/data"] = Reply(headers={**PUBLIC, "content-type": "application/json"}, body=b"{}")
    origin.replies["/gone"] = Reply(headers=PUBLIC, status=410, body=PAGE.encode())
    origin.replies["/packed"] = Reply(headers={**PUBLIC, "content-encoding": "gzip"}, body=b"\x1f\x8b no gzip")
    draw = random.Random(21)
    front: dict[tuple[object, ...], object] = {}
    behind: dict[tuple[str, str | None], tuple[str | None, ...]] = {}
    answers: set[object] = set()
    careless: dict[str, object] = {}
    conflicts = kept = 0
    with closing(http.client.HTTPConnection(LOCAL, site.worker.port, timeout=30)) as connection:
        for _ in range(REQUESTS):
            target = draw.choice(TARGETS) if draw.random() < 0.8 else draw.choice(MORE_TARGETS)
            sent = {name: draw.choice(values).strip() for name, values in HEADERS.items() if draw.random() < 0.25}
            country = draw.choice(("DE", "FR", "AT", None))
            cf = {} if country is None else {CF_HEADER: json.dumps({"country": country})}
            before = len(origin.seen)
            connection.request("GET", target, headers={**sent, **cf})
            response = connection.getresponse()
            body = response.read()
            headers = {name.lower(): value for name, value in response.getheaders()}
            for _, asked, told in origin.seen[before:]:
                key = (asked, told.get("edgewise-segment"))
                own = tuple(told.get(name) for name in OWN)
                assert behind.setdefault(key, own) == own, (key, sent)
            answer = (response.status, body, headers.get("location"), headers.get("content-type"))
            answers.add(answer)
            if "no-store" in headers.get("cache-control", ""):
                continue
            kept += 1
            conflicts += careless.setdefault(target, answer) != answer
            varied = [name.strip().lower() for name in headers.get("vary", "").split(",") if name.strip()]
            shown = tuple((name, sent.get(name)) for name in varied if name != "edgewise-segment")
            key_in_front = (target, shown, headers.get("edgewise-segment"))
            assert front.setdefault(key_in_front, answer) == answer, (key_in_front, sent, country)
    assert kept > REQUESTS // 2 and len(answers) > 10 and len(front) > 100
    assert conflicts > REQUESTS // 10  # a cache that goes by the address alone mixes visitors up
    assert not any("evil" in str(values) for values in behind.values())


def test_without_a_segment_no_page_that_was_changed_is_stored(site: Site) -> None:
    answer = site.worker.ask("GET", "/page?edgewise_preview=x", headers={"x-tag": "sale"})
    assert answer.headers["cache-control"] == "private, no-store"
