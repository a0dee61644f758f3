"""Drill of addresses: no request, and no answer of an origin or of the cloud, leads the worker anywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from urllib.parse import quote

from decision_engine.compact_json import compact
from decision_engine.hosts.python.origins import OriginError, read_origin
from infra.drills import corpora
from infra.drills.checking import Fault
from infra.drills.client import Reply, Request
from infra.drills.drill import Phase, Trial
from infra.drills.place import Place
from infra.drills.requests import DECIDE, alternative, get, page_views, post, refused_by_platform, shop_pages

SEED = 23
METADATA = "http://169.254.169.254/latest/meta-data/"
_HEADERS = ("x-forwarded-host", "x-original-url", "x-rewrite-url", "forwarded", "referer", "x-edgewise-origin", "via")


def elsewhere(place: Place) -> Iterator[Phase]:
    """Addresses in every part of a request, and redirects of what stands behind the worker: `outside` is never asked.

    Each fetch of the worker that is bound to no name of its configuration ends at the neighbour `outside`.
    """
    neighbours, decided, views = place.neighbours, place.checker.decided(), page_views(place)

    def nothing_outside() -> Iterable[str]:
        count = neighbours.counts()["outside"]
        return [f"the worker asked for {count} addresses that are not of its configuration"] if count else []

    usual = [*shop_pages(place, 400), *(Trial(view, decided) for view, _ in zip(views, range(400), strict=False))]
    Random(SEED).shuffle(usual)
    yield Phase("addresses in requests", list(_requests(place)), leave=nothing_outside, share=0.8, usual=usual)
    yield Phase(
        "an origin that redirects",
        [Trial(get(f"/page/{number}"), _redirects) for number in range(20)],
        enter=lambda: neighbours.tell(origin={"mode": "redirect", "location": METADATA}),
        leave=nothing_outside,
        share=0.1,
        usual=shop_pages(place, 400),
    )
    yield Phase(
        "a cloud and a sink that redirect",
        [Trial(request, place.checker.decided()) for request, _ in zip(page_views(place), range(200), strict=False)],
        enter=lambda: neighbours.tell(
            cloud={"mode": "redirect", "location": METADATA}, sink={"mode": "redirect", "location": METADATA}
        ),
        leave=nothing_outside,
        share=0.1,
        added_ms=100.0,
    )


def configured(_: Place) -> Iterable[str]:
    """The rule for configured addresses refuses each of the 150."""
    for url in corpora.forbidden_urls():
        try:
            read_origin(url)
        except OriginError:
            continue
        yield f"`{url}` could be configured"


def _requests(place: Place) -> Iterator[Trial]:
    decided = place.checker.decided()
    for url in corpora.forbidden_urls():
        plain = url.encode("utf-8", "replace")
        if not any(byte < 0x20 or byte == 0x7F for byte in plain):
            for name in _HEADERS:
                yield Trial(get(lines=[(name.encode(), plain)]), decided)
        encoded = quote(url, safe="")
        yield Trial(get(f"{DECIDE}?url={encoded}&origin={encoded}&callback={encoded}"), decided)
        body = compact({"origin": url, "url": url, "cloud": url, "headers": {"host": url}}).encode()
        yield Trial(post(body), decided)
        yield Trial(get(f"/{encoded}"), _any_but_fault)
        yield Trial(get(f"//{encoded}/x"), _any_but_fault)
        host = url.removeprefix("https://").rstrip("/").encode("utf-8", "replace")
        if host.isascii() and host and not any(byte <= 0x20 for byte in host):
            yield Trial(_to_host(host), alternative(refused_by_platform, _any_but_fault))
            absolute = b"GET http://%b%b HTTP/1.1\r\nhost: %b\r\n\r\n" % (host, DECIDE.encode(), host)
            yield Trial(Request(absolute), alternative(refused_by_platform, _any_but_fault))


def _to_host(host: bytes) -> Request:
    return Request(b"GET %b HTTP/1.1\r\nhost: %b\r\n\r\n" % (DECIDE.encode(), host))


def _redirects(reply: Reply) -> Fault | None:
    if reply.status == 302 and reply.header("location") == METADATA:
        return None
    return Fault("wrong", f"expected the origin's own redirect, found status {reply.status}")


def _any_but_fault(reply: Reply) -> Fault | None:
    return None if 200 <= reply.status < 500 else Fault("wrong", f"found status {reply.status}")
