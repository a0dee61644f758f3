"""Records as tests need them: recorders of both hosts on the base of the shared cases, and batches."""

from collections.abc import Callable
from typing import Any

import orjson

from decision_engine.hosts.python.records import About, Keys, Recorder
from tests.hosts.records.shared import BASE

AT: int = BASE["time"]
MASTER = bytes.fromhex(BASE["keys"]["master"])


def recorder(sink: Callable[[bytes, dict[str, str]], int], **table: Any) -> Recorder:
    """A Python recorder on the base's tables, with chance always at 0.5."""
    return Recorder(
        {**BASE["table"], **table},
        BASE["decisions"],
        About(**BASE["about"]),
        keys=Keys("shop", master=MASTER),
        sink=sink,
        clock=lambda: AT,
        random=lambda: 0.5,
        new_id=lambda: "r1",
        sleep=lambda _: None,
    )


def envelope(event_id: str, kind: str, at: str = "2026-11-21T10:00:00.000Z", node: str = "FRA-1") -> dict[str, Any]:
    """An event without its data."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/edgewise/pilot/{node}",
        "type": kind,
        "time": at,
        "datacontenttype": "application/json",
        "ring": "pilot",
        "node": node,
        "platform": "cloudflare",
    }


def counts(event_id: str, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event of counters."""
    window = {"telemetry": 1, "from": AT, "to": AT, "registry": BASE["about"]["registry"]}
    return envelope(event_id, "edgewise.counts.v1", **more) | {"data": window | {"lines": list(lines)}}


def requests_line(count: int = 1, bins: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    """A line of requests."""
    way = {"route": "/.edgewise/decide", "method": "GET", "status": 200, "degrade": "full"}
    return {"kind": "requests", **way, "count": count, "bins": bins or {}} | more


def exposure(event_id: str, unit: str = "A" * 22, variation: str = "bold", **more: Any) -> dict[str, Any]:
    """An event of an exposure."""
    data = {
        "event.name": "feature_flag.evaluation",
        "feature_flag.key": "home_hero",
        "feature_flag.result.variant": "hero_b",
        "feature_flag.result.reason": "split",
        "feature_flag.provider.name": "edgewise",
        "feature_flag.version": BASE["about"]["registry"],
        "feature_flag.context.id": unit,
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/.edgewise/decide",
        "edgewise.rule": 1,
        "edgewise.experiment": "hero_test",
        "edgewise.variation": variation,
        "edgewise.mode": "edge",
        "edgewise.degrade": "full",
        "edgewise.sampling.why": "experiment",
        "edgewise.sampling.probability": 1,
        "edgewise.epoch": "2026-11-21",
    }
    return envelope(event_id, "edgewise.exposure.v1", **more) | {"subject": "home_hero", "data": data}


def body(*events: dict[str, Any]) -> bytes:
    """A batch."""
    return orjson.dumps(list(events))
