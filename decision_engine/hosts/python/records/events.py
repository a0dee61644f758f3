"""Records as CloudEvents 1.0, with the attributes of OpenTelemetry's `feature_flag.evaluation` and `http.server`.

A batch is a list of events in JSON, of the type `application/cloudevents-batch+json`. The id of an event stays the same
however often it is sent, so that whoever takes it counts it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from .keys import day_of
from .outcomes import Told
from .sampling import EXPERIMENT
from .trace import Trace, write_traceparent

BATCH_TYPE = "application/cloudevents-batch+json"
COUNTS = "edgewise.counts.v1"
EVALUATION = "edgewise.evaluation.v1"
EXPOSURE = "edgewise.exposure.v1"

Event = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class About(NamedTuple):
    """Where records come from: the ring and the node that decided, its platform, and the registry's digest."""

    ring: str
    node: str
    platform: str
    registry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record that waits to be sent. `unit` and `ids` are raw: they end here."""

    at: int
    decision: str
    told: Told
    outcome: str | None
    mode: str
    degrade: str
    why: str
    rate: float
    unit: str | None
    ids: Mapping[str, str]
    shown: Mapping[str, str]
    features: str | None
    models: list[str]
    trace: Trace | None
    status: int
    method: str
    route: str


def counts_event(about: About, event_id: str, at: int, window: dict[str, Any]) -> Event:
    """The counters of a window."""
    return _event(about, event_id, COUNTS, at) | {"data": window}


def evaluation_event(about: About, event_id: str, kept: Kept, pseudonyms: Mapping[str, str]) -> Event:
    """One decision. `pseudonyms` stand for `unit`, `features` and the names of `ids`, if there is a key."""
    kind = EXPOSURE if kept.why == EXPERIMENT else EVALUATION
    event = _event(about, event_id, kind, kept.at) | {"subject": kept.decision}
    if kept.trace is not None:
        event["traceparent"] = write_traceparent(kept.trace)
    told = kept.told
    found = {
        "event.name": "feature_flag.evaluation",
        "feature_flag.key": kept.decision,
        "feature_flag.result.variant": kept.outcome,
        "feature_flag.result.reason": told.reason.lower(),
        "feature_flag.provider.name": "edgewise",
        "feature_flag.version": about.registry,
        "feature_flag.context.id": pseudonyms.get("unit"),
        "error.type": "general" if told.reason == "ERROR" else None,
        "http.request.method": kept.method,
        "http.response.status_code": kept.status,
        "http.route": kept.route,
        "edgewise.rule": told.rule,
        "edgewise.experiment": told.experiment,
        "edgewise.variation": told.variation,
        "edgewise.mode": kept.mode,
        "edgewise.degrade": kept.degrade,
        "edgewise.sampling.why": kept.why,
        "edgewise.sampling.probability": kept.rate,
        "edgewise.epoch": day_of(kept.at) if pseudonyms else None,
        "edgewise.features": pseudonyms.get("features"),
        "edgewise.models": kept.models or None,
        **{f"edgewise.field.{name}": value for name, value in kept.shown.items()},
        **{f"edgewise.field.{name}": pseudonyms.get(name) for name in kept.ids},
    }
    return event | {"data": {name: value for name, value in found.items() if value is not None}}


def _event(about: About, event_id: str, kind: str, at: int) -> Event:
    time = (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/edgewise/{about.ring}/{about.node}",
        "type": kind,
        "time": time,
        "datacontenttype": "application/json",
        "ring": about.ring,
        "node": about.node,
        "platform": about.platform,
    }
