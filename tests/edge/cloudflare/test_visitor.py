"""What the worker sees of a visitor, in workerd: by page views, by requests with an object, and by bodies."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.tables import tables
from decision_engine.targets.python import emit_python
from functions.edge.cloudflare import CF_HEADER, COMPILED_FILES, WORKER_FILES, workerd_config
from functions.edge.cloudflare.build import build_cloudflare
from infra.engines.python import load_module
from infra.folders import write_files
from tests.edge.cloudflare.workerd import Worker, running
from tests.hosts.visitor.registry import program_of

pytestmark = pytest.mark.node

DECIDE = "/.edgewise/decide"
HEADERS: list[dict[str, str]] = [
    {},
    {"user-agent": "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X)", "accept-language": "de-AT, en;q=0.5"},
    {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)", "sec-ch-ua-mobile": "?1", "accept-language": "ja"},
    {"sec-ch-ua-mobile": "?0", "sec-ch-ua-platform": '"Windows"', "accept-language": "en-GB, de;q=0.8"},
    {"accept-language": "de;q=2", "cloudfront-is-tablet-viewer": "true"},
]
ZONES = ["Europe/Vienna", "Asia/Kathmandu", "Nowhere", None]
OBJECTS: list[dict[str, Any] | None] = [None, {}, {"local": {"hour": 3}}, {"geo": {"timezone": "Pacific/Kiritimati"}}]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    program = program_of(tmp_path_factory.mktemp("registry"))
    return Host(tables(program), load_module(emit_python(program)), target="test")


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    folder = tmp_path_factory.mktemp("worker")
    write_files(build_cloudflare(program_of(tmp_path_factory.mktemp("registry"))).files, folder / "artefact")
    config = workerd_config([*WORKER_FILES, *COMPILED_FILES], cf_header=CF_HEADER)
    (folder / "artefact" / "config.capnp").write_text(config, encoding="utf-8")
    with running(folder / "artefact") as started:
        yield started


@pytest.mark.parametrize("way", ["query", "body"])
def test_the_worker_sees_what_the_python_host_sees(worker: Worker, host: Host, way: str) -> None:
    seen = set()
    for headers in HEADERS:
        for zone in ZONES:
            for given in OBJECTS:
                cf = {"country": "AT"} if zone is None else {"timezone": zone}
                sent = {"cookie": "ew_visitor=v1", **headers}
                text = None if given is None else json.dumps(given)
                target, body = DECIDE, None
                if way == "body":
                    body = (text or "{}").encode()
                elif text is not None:
                    target = f"{DECIDE}?d={quote(text)}"
                before = time.time_ns() // 1_000_000
                method = "GET" if body is None else "POST"
                answer = worker.ask(method, target, body, cf, **sent)
                after = time.time_ns() // 1_000_000
                assert answer.status == 200
                expected = [_expected(host, method, target, body, sent, cf, at) for at in (before, after)]
                assert answer.outcomes in expected, (headers, zone, given)
                seen.add(json.dumps(answer.outcomes))
    assert len(seen) > 20


def _expected(
    host: Host, method: str, target: str, body: bytes | None, headers: dict[str, str], cf: dict[str, str], at: int
) -> dict[str, str]:
    request = HttpRequest(
        method=method, target=target, at=at, new_id=str, headers=headers, body=body or b"", geo=cf
    )  # fmt: skip
    decided = json.loads(host.respond(request).body)["decisions"]
    return {name: decision["outcome"] for name, decision in decided.items()}
