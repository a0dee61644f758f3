"""Records as the last stage: what a request came to is told to the recorder, which sends after the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeGuard
from uuid import uuid4

from ..encode import denied
from ..host import Host
from ..http import DECIDE, FLAGS
from ..messages import HttpRequest
from ..records import About, Facts, Recorder, RecordsTable, Replaced, Sink, start_trace
from ..records.keys import Keys as LogKeys
from ..tables import Tables
from ..visitor.device import observe_type
from .keys import Keys
from .stages import Stage
from .trail import Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Where records go, and where they come from; `clock` gives ms UTC, `sleep` takes ms."""

    sink: Sink
    ring: str = "all"
    node: str = "edge"
    platform: str = "python"
    clock: Callable[[], int]
    sleep: Callable[[float], None]
    random: Callable[[], float]
    new_id: Callable[[], str] = lambda: str(uuid4())


def records_stage(
    tables: Tables,
    host: Host,
    keys: Keys,
    log: Log | None,
    counters: Callable[[], Mapping[str, Mapping[str, int]]],
    *,
    monotonic: Callable[[], float],
) -> Stage | None:
    """None without a sink: then nothing is recorded."""
    if log is None:
        return None
    table: RecordsTable = (tables.get("service") or {})["records"]
    recorder = Recorder(
        table,
        tables["decisions"],
        About(log.ring, log.node, log.platform, tables["registry"]),
        keys=LogKeys(table["tenant"], master=keys.records, days=keys.days),
        sink=log.sink,
        clock=log.clock,
        random=log.random,
        new_id=log.new_id,
        sleep=log.sleep,
        stages=counters,
    )
    wanted = frozenset(field["name"] for field in table["fields"])
    identity, units = tables["identity"], tables["units"]
    unit_name = identity["unit"] if identity else units[0]["name"] if units else None

    def begin(trail: Trail) -> None:
        trail.trace = start_trace(trail.http.headers.get("traceparent"), table["trace"], log.new_id)

    def run(trail: Trail) -> None:
        decided = trail.decided
        if decided is None or decided.response is not None:
            return
        units_given = (decided.request or {}).get("units")
        unit = units_given.get(unit_name) if isinstance(units_given, dict) and unit_name is not None else None
        facts = Facts(
            at=trail.http.at,
            chosen=decided.chosen,
            codes=decided.codes or (),
            neutral=decided.codes is None,
            replaced={number: Replaced(one.mode, one.outcome) for number, one in trail.replaced.items()} or None,
            degrade=trail.mode,
            denied=(*trail.known.denied, *filter(_is_text, denied(decided.request or {}))),
            quiet=trail.log == "counters",
            gate=trail.gate,
            unit=unit if isinstance(unit, str) and trail.known.may_store else None,
            fields=_fields(trail.http, wanted),
            trace=trail.trace,
            status=200 if trail.response is None else trail.response.status,
            method=trail.http.method,
            route=_route(trail),
            duration=monotonic() - trail.begun,
            stages=trail.times,
            readings=host.read_decided(decided) if recorder.wants_readings() else None,
        )
        if recorder.record(facts):
            trail.later.append(recorder.flush)

    return Stage("record", run, begin=begin)


def _fields(http: HttpRequest, wanted: frozenset[str]) -> dict[str, object]:
    """What the table wants, of what the platform saw; the recorder lets through what has the form of its field."""
    fields: dict[str, object] = {}
    if "country" in wanted:
        fields["country"] = http.geo.get("country")
    if "region" in wanted:
        fields["region"] = http.geo.get("region_code")
    if "device" in wanted:
        fields["device"] = observe_type(http.headers, http.cdn)
    if "language" in wanted and (header := http.headers.get("accept-language")) is not None:
        fields["language"] = header.replace(";", ",").replace("-", ",").partition(",")[0].lower()
    return fields


def _is_text(one: object) -> TypeGuard[str]:
    return isinstance(one, str)


def _route(trail: Trail) -> str:
    path = trail.http.target.partition("?")[0]
    if trail.is_page:
        return "page"
    if path == DECIDE:
        return DECIDE
    if path == FLAGS:
        return FLAGS
    return f"{FLAGS}/{{key}}" if path.startswith(f"{FLAGS}/") else "other"
