"""Both hosts over one registry that reads everything a visitor can send, asked the same hostile requests."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from decision_engine.artefact import tables_json
from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.ir import Program
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.tables import tables
from decision_engine.targets.python import emit_python
from decision_engine.targets.wasm import emit_wasm
from feature_registry import load
from infra.engines.python import load_module

AT = 1_795_280_400_000
DECIDE = "/.edgewise/decide"
FLAGS = "/ofrep/v1/evaluate/flags"
PURPOSES = [f"purpose_{number}" for number in range(8)]
MANY = 150
VIEWED: list[str] = []
"""The targets that a page view answered, to see that there were some."""
ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request."""

    method: str = "GET"
    target: str = DECIDE
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    geo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host said, and the least of several times in ms."""

    status: int
    body: str
    ms: float


def post(body: bytes, target: str = DECIDE) -> Ask:
    """A body to a route."""
    return Ask(method="POST", target=target, body=body)


def document(text: bytes) -> Ask:
    """The text of a request object in the query, from a visitor who is known: what a page view brings."""
    identity = program().identity
    assert identity is not None
    return Ask(target=f"{DECIDE}?d={quote(text, safe='')}", headers={"cookie": f"{identity.cookie}=v1"})


@cache
def program() -> Program:
    """A unit, every type and every group; many features with purposes, and patterns that others would backtrack on."""
    features: dict[str, Any] = {
        "country": {"type": "category", "from": "geo.country"},
        "hour": {"type": "number", "from": "local.hour"},
        "language": {"type": "category", "from": "language.best", "values": ["en", "de", "fr"]},
        "device": {"type": "category", "from": "device.type", "values": ["mobile", "tablet", "desktop"]},
        "seen": {"type": "timestamp", "from": "cookies.seen", "max_age": "1h"},
        "theme": {"type": "text", "from": "cookies.theme"},
        "campaign": {"type": "text", "from": "query.campaign"},
        "app": {"type": "version", "from": "headers.x-app-version"},
        "interests": {"type": "tags", "from": "query.interests"},
        "liked": {"type": "tags", "from": "profile.liked"},
        "constructor_of": {"type": "text", "from": "session.toString"},
        **{
            f"number_{number}": {
                "type": "number",
                "from": f"session.number_{number}",
                "purposes": [PURPOSES[number % 8], PURPOSES[(number + 3) % 8]],
                "max_age": "1h",
            }
            for number in range(MANY)
        },
    }
    conditions: dict[str, Any] = {
        "unit": {"share": 0.5, "of": "visitor_id", "salt": "hostile"},
        "place": {"feature": "country", "is": "DE"},
        "hour": {"feature": "hour", "at_least": 12},
        "language": {"feature": "language", "is": "de"},
        "device": {"feature": "device", "is": "mobile"},
        "seen": {"feature": "seen", "is_missing": True},
        "theme": {"feature": "theme", "matches": "([a-z]+)+x"},
        "campaign": {"feature": "campaign", "matches": "(a|a)*b"},
        "app": {"feature": "app", "at_least": "1.2.3"},
        "interests": {"feature": "interests", "has_any": ["shoes"]},
        "liked": {"feature": "liked", "has_any": ["shoes", "bags"]},
        "inherited": {"feature": "constructor_of", "is_missing": True},
        "sum": {"any": [{"feature": f"number_{number}", "more": number} for number in range(MANY)]},
    }
    registry = {
        "features": features,
        "payloads": {"yes": {"value": True}, "no": {"value": False}},
        "decisions": {
            name: {"rules": [{"if": test, "show": "yes"}], "otherwise": "no"} for name, test in conditions.items()
        },
    }
    with TemporaryDirectory(prefix="edgewise-hostile-") as folder:
        path = Path(folder, "registry.json")
        path.write_text(json.dumps(registry), encoding="utf-8")
        return compile_program(load(path, SIGNATURES))


def ask_python(asked: Sequence[Ask]) -> list[Answer]:
    """The Python host's answers; an exception inside fails the test."""
    errors: list[BaseException] = []
    host = Host(tables(program()), load_module(emit_python(program())), target="test", on_error=errors.append)
    answers = []
    for one in asked:
        least = float("inf")
        for _ in range(ROUNDS):
            start = time.perf_counter()
            response = host.respond(
                HttpRequest(
                    method=one.method,
                    target=one.target,
                    headers=one.headers,
                    body=one.body,
                    geo=one.geo,
                    at=AT,
                    new_id=lambda: "drawn",
                )
            )
            least = min(least, time.perf_counter() - start)
        answers.append(Answer(response.status, response.body.decode(), 1000 * least))
        assert not errors, (one, errors)
    return answers


def ask_javascript(asked: Sequence[Ask]) -> list[Answer]:
    """The JavaScript host's answers, with its prototypes as they were after each, and page views that say the same."""
    lines = "".join(
        json.dumps(
            {
                "method": one.method,
                "target": one.target,
                "headers": one.headers,
                "body": one.body.hex(),
                "geo": one.geo,
                "at": AT,
            }
        )
        + "\n"
        for one in asked
    )
    with TemporaryDirectory(prefix="edgewise-hostile-") as folder:
        Path(folder, "tables.json").write_bytes(tables_json(program()))
        Path(folder, "program.wasm").write_bytes(emit_wasm(program(), reader=True).content)
        command = [shutil.which("node") or "node", Path(__file__).with_name("runner.mjs"), folder]
        done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(asked)
    for one, answer in zip(asked, answers, strict=True):
        assert answer["clean"] and answer["errors"] == 0, one
        assert answer["viewed"] in (None, answer["body"]), one
        if answer["viewed"] is not None:
            VIEWED.append(one.target)
    return [Answer(answer["status"], answer["body"], answer["ms"]) for answer in answers]


def ask_both(asked: Sequence[Ask], most_ms: float) -> list[Answer]:
    """The answers, which both hosts give alike and each in less than `most_ms`."""
    python, javascript = ask_python(asked), ask_javascript(asked)
    for one, first, second in zip(asked, python, javascript, strict=True):
        shown = (one.method, one.target[:80], one.body[:80], {name: value[:40] for name, value in one.headers.items()})
        assert (first.status, first.body) == (second.status, second.body), shown
        assert max(first.ms, second.ms) < most_ms, (shown, first.ms, second.ms)
    return python


def outcomes(answer: Answer) -> dict[str, str]:
    """The outcome of each decision."""
    return {name: decision["outcome"] for name, decision in json.loads(answer.body)["decisions"].items()}
