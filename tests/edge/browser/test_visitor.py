"""What a page sees of its visitor gives the outcomes that the same browser gets from a host."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from decision_engine.hosts.python import Host, HttpRequest
from decision_engine.tables import tables
from decision_engine.targets.python import emit_python
from functions.edge.browser.build import build_browser
from infra.engines.python import load_module
from infra.folders import write_files
from tests.hosts.visitor.registry import program_of

ZONE = "Australia/Lord_Howe"
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari/604.1",
]
HINTS: list[dict[str, Any] | None] = [
    None,
    {"mobile": True, "platform": "Android"},
    {"mobile": False, "platform": "macOS"},
]
LANGUAGES = [["de-AT", "en"], ["ja"], ["en-GB"], ["zh-Hant", "fr-CA"], []]


@pytest.mark.node
def test_a_page_sees_its_visitor_as_a_host_does(node: Path, tmp_path: Path) -> None:
    program = program_of(tmp_path)
    write_files(build_browser(program).files, tmp_path / "browser")
    (tmp_path / "browser" / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    visitors = [(agent, hints, languages) for agent in AGENTS for hints in HINTS for languages in LANGUAGES]
    lines = tmp_path / "lines.jsonl"
    navigators = [
        {"userAgent": agent, "languages": languages, **({} if hints is None else {"userAgentData": hints})}
        for agent, hints, languages in visitors
    ]
    lines.write_text("".join(json.dumps(one) + "\n" for one in navigators), encoding="utf-8")
    command = [node, Path(__file__).with_name("visitor_lines.mjs"), tmp_path / "browser", lines]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, env={**os.environ, "TZ": ZONE})
    host = Host(tables(program), load_module(emit_python(program)), target="test")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for (agent, hints, languages), answer in zip(visitors, answers, strict=True):
        headers = {"user-agent": agent, "accept-language": ",".join(languages)}
        if hints is not None:
            headers |= {
                "sec-ch-ua-mobile": "?1" if hints["mobile"] else "?0",
                "sec-ch-ua-platform": f'"{hints["platform"]}"',
            }
        local = datetime.fromtimestamp(answer["now"] / 1000, ZoneInfo(ZONE))
        if local.second >= 59:
            continue  # the minute may have turned between the two
        request = HttpRequest(
            method="GET",
            target="/.edgewise/decide",
            at=answer["now"],
            new_id=str,
            headers=headers,
            geo={"timezone": ZONE},
        )
        decided = json.loads(host.respond(request).body)["decisions"]
        assert answer["outcomes"] == {name: decision["outcome"] for name, decision in decided.items()}, headers
    assert len({json.dumps(answer["outcomes"]) for answer in answers}) >= 10
