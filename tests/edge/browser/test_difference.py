"""What a page loads decides hostile requests as the host does: it is written apart from the host, in few bytes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from random import Random

import pytest

from decision_engine.hosts.python import RequestError
from tests.edge.serving import artefact, python_host
from tests.hosts.hostile import NOW, hostile_object

DRAWN = 1500
SEED = 20261122


@pytest.mark.node
def test_a_page_decides_hostile_requests_as_the_host(node: Path, tmp_path: Path) -> None:
    for name, content in artefact("browser").files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    random = Random(SEED)
    drawn = [(hostile_object(random), NOW + random.randint(-(10**12), 10**12)) for _ in range(DRAWN)]
    requests = [(request, at) for request, at in drawn if isinstance(request, dict)]
    lines = tmp_path / "lines.jsonl"
    lines.write_text("".join(json.dumps(pair) + "\n" for pair in requests), encoding="utf-8")
    command = [node, Path(__file__).with_name("decide_lines.mjs"), tmp_path, lines]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(answers) == len(requests) > DRAWN / 2
    errors: list[BaseException] = []
    host = python_host(on_error=errors.append)
    for (request, at), answer in zip(requests, answers, strict=True):
        try:
            expected = host.decide(json.loads(json.dumps(request)), at)
        except RequestError as error:
            expected = error.code
        assert answer == expected, request
    assert not errors
    assert len(set(answers)) > DRAWN / 10
