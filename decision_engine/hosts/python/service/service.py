"""The service: a request goes through the stages in one order, and gets an answer whatever becomes of them.

    gate -> profile -> decide -> sticky -> hybrid -> render -> record

A stage that a registry does not configure does not exist. A stage that fails says nothing, and is counted.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from ..host import Host
from ..messages import HttpRequest, HttpResponse
from ..profile import Profiles, Unseal
from ..profile.stored import Kv
from ..records import STAGES
from ..tables import Tables
from .hybrid_stage import Cloud, Release, hybrid_stage
from .identity import Visitors
from .keys import Keys
from .records_stage import Log, records_stage
from .stages import Count, Stage, StandingOf, gate_stage, profile_stage
from .sticky import sticky_stage
from .trail import Trail

OnFailure: TypeAlias = Callable[[BaseException, str], None]
"""Told of every exception of a stage, with the stage's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the platform gives: keys, the KV, the way to the cloud and to the log, what is known of withdrawals.

    `unseal` opens sealed profiles. `killed` ends personalisation for all; `monotonic` is a clock in ms that never goes
    back, `random` draws from [0, 1).
    """

    keys: Keys = field(default_factory=Keys)
    kv: Kv | None = None
    unseal: Unseal | None = None
    cloud: Cloud | None = None
    log: Log | None = None
    standing_of: StandingOf | None = None
    release: Callable[[int], Release] | None = None
    killed: bool = False
    monotonic: Callable[[], float] = lambda: 1000 * time.monotonic()
    random: Callable[[], float] = random.random
    on_failure: OnFailure | None = None


class Service:
    """A host with the stages around it."""

    def __init__(self, tables: Tables, host: Host, ports: Ports | None = None) -> None:
        self.host = host
        self._ports = ports or Ports()
        self._failures: Counter[str] = Counter()
        self._counters: dict[str, Count] = {"service": lambda: dict(self._failures)}
        self._way = self._stages(tables)

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Answer a request of HTTP; nothing is raised. What could wait is done before it returns."""
        trail = self.serve(request)
        self.finish(trail)
        assert trail.response is not None, "the host renders every trail"
        return trail.response

    def serve(self, request: HttpRequest, *, is_page: bool = False) -> Trail:
        """The same, with all that the stages found; `finish` is still to be called.

        A page of the shop, whose target is that of the decide route, gets outcomes and no answer.
        """
        trail = Trail(request, begun=self._ports.monotonic(), is_page=is_page)
        for stage in self._way:
            if stage.begin is not None:
                self._guard(partial(stage.begin, trail), stage.name)
        since = trail.begun
        for stage in self._way:
            self._run(stage, trail)
            now = self._ports.monotonic()
            if stage.name in STAGES:
                trail.times[STAGES.index(stage.name)] = now - since
            since = now
        return trail

    def finish(self, trail: Trail) -> None:
        """Do what could wait until the answer had gone."""
        for work in trail.later:
            self._guard(work, "later")

    def _run(self, stage: Stage, trail: Trail) -> None:
        try:
            stage.run(trail)
        except Exception as error:
            self._failures[stage.name] += 1
            self._tell(error, stage.name)
            if stage.failed is not None:
                stage.failed(trail)

    def counters(self) -> dict[str, Mapping[str, int]]:
        """What the stages have counted since the start, by their names."""
        return {name: count() for name, count in self._counters.items()}

    def owns(self, target: str) -> bool:
        """Whether a target's path is one of the host's own routes."""
        return self.host.owns(target)

    def _stages(self, tables: Tables) -> tuple[Stage, ...]:
        table, ports = tables.get("service") or {}, self._ports
        visitors = Visitors(tables, ports.keys.pseudonym)
        way: list[Stage] = []
        after: list[Stage] = []
        if (gate := table.get("gate")) is not None:
            way.append(gate_stage(gate, ports.keys, visitors, ports.standing_of, killed=ports.killed))
        if (profile := table.get("profile")) is not None:
            profiles = Profiles(profile, ports.keys.signing, kv=ports.kv, unseal=ports.unseal)
            way.append(profile_stage(profile, profiles, visitors, self._counters))
            if profile["sticky"] is not None:
                after.append(sticky_stage(tables, profile["sticky"], profiles, visitors))
        way += [Stage("decide", self._decide), *after]
        if table.get("modes") is not None or table.get("hybrid") is not None:
            way.append(
                hybrid_stage(
                    tables,
                    self.host,
                    ports.cloud,
                    self._counters,
                    monotonic=ports.monotonic,
                    random=ports.random,
                    release=ports.release,
                )
            )
        way.append(Stage("render", self._render, self._render_plain))
        if table.get("records") is not None:
            keys, log = ports.keys, ports.log
            stage = records_stage(tables, self.host, keys, log, self.counters, monotonic=ports.monotonic)
            way += [] if stage is None else [stage]
        return tuple(way)

    def _decide(self, trail: Trail) -> None:
        trail.decided = self.host.decide_request(replace(trail.http, known=trail.known))

    def _render(self, trail: Trail) -> None:
        assert trail.decided is not None, "the host decides every request"
        if trail.is_page:
            return
        trail.response = self.host.render_decided(trail.decided, trail.replaced)

    def _render_plain(self, trail: Trail) -> None:
        """What the edge decided itself, where another outcome cannot be rendered."""
        trail.replaced = {}
        self._render(trail)

    def _guard(self, work: Callable[[], object], name: str) -> None:
        try:
            work()
        except Exception as error:
            self._failures[name] += 1
            self._tell(error, name)

    def _tell(self, error: BaseException, name: str) -> None:
        if self._ports.on_failure is not None:
            try:
                self._ports.on_failure(error, name)
            except Exception:
                return  # the hook is not ours
