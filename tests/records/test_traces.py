"""One trace from a visitor's page through the origin and the cloud to the records of its decisions."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from decision_engine.hosts.python.records import read_traceparent
from functions.edge.cloudflare import CF_HEADER
from infra.drills import Place, open_place, shop_registry
from tests.conftest import require_node

TRACE = "0af7651916cd43dd8448eb211c80319c"
VISITORS = 70
SENT = {
    "accept": "text/html",
    "sec-fetch-dest": "document",
    "sec-ch-ua-mobile": "?0",
    "sec-ch-ua-platform": '"Windows"',
    "traceparent": f"00-{TRACE}-b7ad6b7169203331-01",
    "tracestate": "vendor=canary",
}
PATIENCE = 10.0


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """The example shop with all stages, in workerd, between an origin, a cloud and a sink that remember."""
    require_node()
    with open_place(shop_registry()) as opened:
        opened.neighbours.reset()
        yield opened


def ask(place: Place, target: str, visitor: str) -> None:
    geo = json.dumps({"country": "US", "regionCode": "WY"})
    headers = {**SENT, CF_HEADER: geo, "cookie": f"{place.cookie}={visitor}"}
    with closing(http.client.HTTPConnection("127.0.0.1", place.port, timeout=PATIENCE)) as connection:
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)


def kept(place: Place, who: str) -> list[tuple[dict[str, str], str]]:
    """The headers and bodies of what a neighbour was asked."""
    found: list[Any] = json.loads(place.neighbours.kept())
    return [(dict(headers), body) for name, _, _, headers, body in found if name == who]


def traces(asked: list[tuple[dict[str, str], str]]) -> set[str]:
    """The traces of requests, which all have one of their own, and nothing of the visitor's."""
    found = [read_traceparent(headers.get("traceparent")) for headers, _ in asked]
    assert found and all(found)
    assert not any("tracestate" in headers for headers, _ in asked)
    return {trace.trace for trace in found if trace is not None}


@pytest.mark.node
def test_one_trace_through_all(place: Place) -> None:
    """Records of the first visitors of a kind are suppressed, for the kind is rare: so there are more of them."""
    for number in range(VISITORS):
        ask(place, "/", f"v-{number}")
    origin = traces(kept(place, "origin"))
    assert len(origin) == VISITORS and TRACE not in origin
    cloud = traces(kept(place, "cloud"))
    assert cloud <= origin, "what the cloud was asked under is what the origin was asked under"

    end = time.monotonic() + PATIENCE
    recorded: set[str] = set()
    while time.monotonic() < end and not recorded:
        time.sleep(0.2)
        ask(place, "/.edgewise/decide", "later")  # whoever flushes
        events = [event for _, body in kept(place, "sink") for event in json.loads(body)]
        pages = [event for event in events if event["data"].get("http.route") == "page"]
        recorded = {trace.trace for one in pages if (trace := read_traceparent(one["traceparent"])) is not None}
    assert recorded and recorded <= origin, "and what the records of a page say"
