"""The stages of the service under load: a worker without any, and with one more at a time, beside the constant worker.

A known visitor's page view in a place of opt-in: 200 visitors who come again, each with a TC string and a profile token
of his own, and what Cloudflare knows of his place; and, with all stages, visitors none of whom comes twice, so that
every token is verified. Records go to a worker that takes them, in the same process.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from decision_engine.compact_json import Json, compact
from decision_engine.hosts.python.base64url import encode_base64url
from decision_engine.hosts.python.pseudonyms import pseudonym
from decision_engine.ir import Program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.profiles import Known, SigningKey, mint_token
from feature_registry import Registry, load
from infra.bench.example import SHOP
from infra.bench.result import Row
from infra.bench.timing import Samples, Setting, compare, interleave
from infra.bench.workers import Service, Worker, constant_worker, request_microseconds, write_service
from infra.consent import tc_string
from infra.targets import TARGETS

SUITE = "edge"
WANTED = 0.55
"""The share of the constant worker's requests a second that is to be reached with all stages on."""

CONNECTIONS = 32
ROUNDS = 5
STEADY_SECONDS = 4.0
VISITORS = 200
NEWCOMERS = 20_000
CF_HEADER = "CF-Blob"

CONSTANT, SINK, ALONE = "constant worker", "sink", "no stage"
STEPS: Mapping[str, Sequence[str]] = {
    "+ consent": ("gate",),
    "+ profile token": ("profile",),
    "+ modes and hybrid, nobody asks": ("modes", "hybrid"),
    "+ records": ("records",),
}
"""The stages in the order in which they are switched on, by the name of the row."""

POLICIES: Mapping[str, Mapping[str, object]] = {
    "profile": {"groups": {"crm": {"features": ["loyalty", "interests"], "ttl": "1h"}}},
    "hybrid": {},
    "records": {},
}
"""As usual, but for the features that tokens bring."""

_PSEUDONYM, _SIGNING = bytes(range(32)), bytes(range(32, 64))
_KEYS = json.dumps({"pseudonym": encode_base64url(_PSEUDONYM), "k1": encode_base64url(_SIGNING)})
_DECIDE = "/.edgewise/decide"
_SINK = b"""\
export default {
  async fetch(request) {
    await request.arrayBuffer();
    return new Response(null, { status: 202 });
  },
};
"""


def measure_stages(setting: Setting, now: int) -> Iterator[Row]:
    """Rows for the first second and the seconds that follow; `now` is ms UTC."""
    names = [ALONE, *STEPS]
    workers = [_worker(name, program) for name, program in zip(names, _programs(), strict=True)]
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        folder = Path(name)
        for lines, visitors in (("requests", VISITORS), ("newcomers", NEWCOMERS)):
            (folder / lines).write_text("\n".join(_lines(now, visitors)) + "\n")
        sink = Worker(SINK, {"sink.js": _SINK})
        constant = constant_worker(CONSTANT, _answer())
        service = write_service(folder, [constant, sink, *workers], cf_header=CF_HEADER)
        yield from _load(service, "requests", [*names, CONSTANT], setting)
        yield from _load(service, "newcomers", [names[-1], CONSTANT], setting)


@cache
def _registry() -> Registry:
    """The example with all stages, where no rule is unsure: what asking costs is the cloud's."""
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        folder = Path(name, "registry")
        shutil.copytree(SHOP / "registry", folder)
        path = folder / "policies.json"
        document = json.loads(path.read_text(encoding="utf-8"))
        document["policies"]["consent"]["gate"] = {}
        document["policies"] |= POLICIES
        path.write_text(json.dumps(document), encoding="utf-8")
        return load(folder, SIGNATURES)


@cache
def _programs() -> tuple[Program, ...]:
    """Without a service, and with one step more at a time."""
    whole = compile_program(_registry(), edge_only=True)
    assert whole.service is not None, "the policies have all stages"
    tables = json.loads(whole.service)
    programs = [replace(whole, service=None)]
    kept: dict[str, Json] = {}
    for step in STEPS.values():
        kept |= {name: tables[name] for name in step}
        programs.append(replace(whole, service=compact(kept)))
    return tuple(programs)


def _worker(name: str, program: Program) -> Worker:
    files = TARGETS["cloudflare"](program).files
    modules = sorted((one for one in files if one.endswith((".js", ".wasm"))), key=lambda one: one != "worker.js")
    texts = {} if program.service is None else {"EDGEWISE_KEYS": _KEYS}
    services = {} if program.service is None else {"EDGEWISE_CLOUD": SINK}
    return Worker(name, {one: files[one] for one in modules}, texts, services)


def _lines(now: int, visitors: int) -> Iterator[str]:
    """Requests for cycle.lua: target, cookies, what Cloudflare knows."""
    registry = _registry()
    key = SigningKey("k1", _SIGNING)
    identity = registry.policies.identity
    profile = registry.policies.profile
    assert profile is not None, "the policies have profiles"
    place = json.dumps(
        {"country": "DE", "region": "Bavaria", "regionCode": "BY", "city": "Munich", "timezone": "Europe/Berlin"}
    )
    purposes = (1, 5, 6, 8)
    for number in range(visitors):
        visitor = f"visitor-{number:08}"
        consent = tc_string(now - 10**9 - 100 * number, purposes, publisher=purposes)
        known = Known(
            {"loyalty": ("none", "silver", "gold")[number % 3], "interests": ["shoes"]}, {"crm": now - 60_000}
        )
        granted = ("storage", "personalisation", "analytics")
        name = pseudonym(_PSEUDONYM, profile.tenant, visitor)
        token = mint_token(registry, key, name, known, granted=granted, at=now).text
        cookies = f"{identity.cookie}={visitor}; theme=dark; euconsent-v2={consent}; {profile.cookie}={token}"
        yield f"{_DECIDE}\t{cookies}\t{place}"


def _answer() -> str:
    """A text as long as a usual answer."""
    decisions = {
        name: {"outcome": "outcome", "payload": {"title": "A title", "link": "/a/path"}, "reason": "DEFAULT"}
        for name in _registry().decisions
    }
    return compact({"decisions": decisions, "registry": "sha256:" + "0" * 64, "at": 0})


def _load(service: Service, file: str, names: Sequence[str], setting: Setting) -> Iterator[Row]:
    steady: dict[str, list[float]] = {name: [] for name in names}
    lines = service.folder / file

    def sample(name: str) -> Callable[[], float]:
        def measure() -> float:
            with service.process():
                first = request_microseconds(service.ports[name], CONNECTIONS, 1.0, lines)
                seconds = 1.0 if setting.quick else STEADY_SECONDS
                steady[name].append(request_microseconds(service.ports[name], CONNECTIONS, seconds, lines))
            return first

        return measure

    first = interleave({name: sample(name) for name in names}, setting.rounds(ROUNDS), setting)
    phases: dict[str, Samples] = {"first second": first, "the seconds after": steady}
    for when, samples in phases.items():
        for name in names[:-1]:
            wanted = WANTED if name == names[-2] and file == "requests" else None
            who = "" if file == "requests" else ", each visitor new"
            case = f"stages: {name}{who}, {CONNECTIONS} connections, {when}"
            yield compare(SUITE, case, samples, name, CONSTANT, wanted)
