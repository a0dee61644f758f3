"""The Fastly worker is built by js-compute-runtime, offline; in node, with stand-ins, it answers as the host."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.edge.fastly.config import JS_COMPUTE
from tests.conformance.lines import LineProcess
from tests.conftest import ROOT
from tests.edge.serving import DECIDE, RELEASE, artefact
from tests.runtimes import require

EDGE = ROOT / "tests" / "edge"
MOST_BYTES = 100_000_000
"""Fastly's limit of a package."""


def written(folder: Path) -> Path:
    """The artefact in a folder."""
    for name, content in artefact("fastly").files.items():
        (folder / name).write_bytes(content)
    return folder


def test_it_is_built_offline(tmp_path: Path) -> None:
    compiler = require("js-compute-runtime")
    written(tmp_path)
    command = json.loads(artefact("fastly").files["package.json"])["scripts"]["build"].split()
    assert command[0] == compiler.name
    done = subprocess.run([compiler, *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    package = (tmp_path / command[-1]).read_bytes()
    assert package[:8] == b"\0asm\1\0\0\0"
    assert len(package) < MOST_BYTES / 5


def test_the_manifests_agree() -> None:
    files = artefact("fastly").files
    service = tomllib.loads(files["fastly.toml"].decode())
    package = json.loads(files["package.json"])
    assert service["scripts"]["build"] == "npm run build"
    assert service["setup"]["backends"].keys() == {"origin"}
    assert package["devDependencies"] == {"@fastly/js-compute": JS_COMPUTE}
    installed = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert installed["@fastly/js-compute"] == JS_COMPUTE


@pytest.fixture(scope="module")
def worker(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LineProcess]:
    """The worker in node."""
    folder = written(tmp_path_factory.mktemp("worker"))
    with LineProcess([node, "--import", EDGE / "shims.mjs"], str(EDGE / "fastly" / "call.mjs"), folder) as process:
        yield process


def ask(worker: LineProcess, path: str, **request: object) -> Any:
    return worker.ask(**{"url": f"https://shop.example{path}", "method": "GET", "address": "198.51.100.1", **request})


@pytest.mark.parametrize(
    ("address", "shipping"), [("203.0.113.1", "fifty"), ("203.0.113.2", "some"), ("198.51.100.7", "some")]
)
def test_fastly_knows_the_place(worker: LineProcess, address: str, shipping: str) -> None:
    answer = json.loads(ask(worker, DECIDE, address=address)["body"])
    assert answer["decisions"]["shipping"]["outcome"] == shipping


def test_its_own_paths_and_the_shops(worker: LineProcess) -> None:
    assert json.loads(ask(worker, RELEASE)["body"])["target"] == "fastly"
    posted = ask(worker, DECIDE, method="POST", body='{"units":{"visitor_id":"v1"}}')
    assert (posted["status"], "set-cookie" in posted["headers"]) == (200, False)
    assert "set-cookie" in ask(worker, DECIDE)["headers"]
    assert ask(worker, "/basket?x=1")["body"] == "origin: GET https://shop.example/basket?x=1"
