"""The wheel: installed into a fresh environment without a network, it decides as the reference evaluator does."""

import csv
import email
import hashlib
import io
import json
import subprocess
import sys
import venv
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from decision_engine.artefact import Artefact
from decision_engine.pipeline import compile_program
from decision_engine.reference import Reference
from decision_engine.targets.python.wheel import PACKAGE, build_wheel, wheel_version
from feature_registry import Registry
from infra.cli.inputs import read_registry
from infra.replay import load_map, requests_from
from tests.conftest import ROOT
from tests.docs.pages import blocks

SHOP = ROOT / "examples" / "online_shop"
SESSIONS = 300

PROGRAM = """
import json, sys, edgewise_decisions as package
for line in sys.stdin:
    request, at = json.loads(line)
    text = package.answer(request, at)
    assert json.loads(text) == package.decide(request, at)
    print(text)
"""


@pytest.fixture(scope="module")
def shop() -> tuple[Registry, Reference, Artefact]:
    registry, models = read_registry(SHOP / "registry")
    return registry, Reference(registry, models), build_wheel(compile_program(registry, models))


@pytest.fixture(scope="module")
def wheel(shop: tuple[Registry, Reference, Artefact], tmp_path_factory: pytest.TempPathFactory) -> Path:
    (name,) = [name for name in shop[2].files if name.endswith(".whl")]
    path = tmp_path_factory.mktemp("wheel") / name
    path.write_bytes(shop[2].files[name])
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment that holds the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", folder, "--disable-pip-version-check", "install", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--no-cache-dir", wheel], check=True, capture_output=True)
    return folder / "bin" / "python"


def run(python: Path, program: str, given: str = "") -> str:
    command = [python, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd="/", input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_decides_as_the_reference(python: Path, shop: tuple[Registry, Reference, Artefact]) -> None:
    found = requests_from(SHOP / "data" / "online_shoppers_intention.csv", load_map(SHOP / "map.json"))
    cases: list[tuple[Any, int]] = [(one, at or 0) for (one, at), _ in zip(found, range(SESSIONS), strict=False)]
    given = "".join(f"{json.dumps(case)}\n" for case in cases)
    answers = run(python, PROGRAM, given).splitlines()
    assert answers == [shop[1].decide(request, at) for request, at in cases]


def test_the_program_of_the_page_runs(python: Path, shop: tuple[Registry, Reference, Artefact]) -> None:
    (block,) = blocks("docs/platforms/python.md", "python")
    assert [line.split()[0] for line in run(python, block.text).splitlines()] == list(shop[0].decisions)


def test_what_it_exports(python: Path, shop: tuple[Registry, Reference, Artefact]) -> None:
    program = "import json, edgewise_decisions as e; print(json.dumps([e.REGISTRY, e.DECISIONS, sorted(e.__all__)]))"
    digest, decisions, names = json.loads(run(python, program))
    assert digest == shop[0].digest
    assert decisions == list(shop[0].decisions)
    assert names == ["DECISIONS", "REGISTRY", "RequestError", "answer", "decide", "host"]


def test_without_a_time_it_is_now(python: Path) -> None:
    program = "import time, edgewise_decisions as e; print(abs(e.decide({})['at'] - time.time() * 1000) < 60_000)"
    assert run(python, program) == "True\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("[]", "RequestError not-an-object: the text is not an object"),
        ("None", "RequestError not-an-object: the text is not an object"),
        ("{'decisions': ['x']}", "RequestError unknown-decision: unknown decision `x`"),
        ("{}, 1.5", "TypeError expected `at` as a whole number of ms since 1970 UTC, found float"),
        ("{}, True", "TypeError expected `at` as a whole number of ms since 1970 UTC, found bool"),
    ],
)
def test_what_it_refuses(python: Path, arguments: str, expected: str) -> None:
    program = f"""
import edgewise_decisions as e
try:
    e.decide({arguments})
except Exception as error:
    print(type(error).__name__, error)
"""
    assert run(python, program) == f"{expected}\n"


def test_a_failure_is_neutral_and_logged(python: Path, shop: tuple[Registry, Reference, Artefact]) -> None:
    program = """
import json, logging, edgewise_decisions as e
told = []
handler = logging.Handler()
handler.emit = told.append
logging.getLogger("edgewise_decisions").addHandler(handler)
class Broken(str):
    def __ne__(self, other): raise RuntimeError("broken")
answer = e.answer({"units": {"visitor_id": Broken("v")}}, 1)
print(json.dumps([answer == e.host().neutral(1), [one.getMessage() for one in told], str(told[0].exc_info[1])]))
"""
    assert json.loads(run(python, program)) == [True, ["served the neutral answer"], "broken"]


def test_a_host_answers_http(python: Path, shop: tuple[Registry, Reference, Artefact]) -> None:
    program = """
import edgewise_decisions as e
from edgewise_decisions.edgewise_host import HttpRequest
ask = HttpRequest(method="GET", target="/.edgewise/release", at=1, new_id=lambda: "x")
print(e.host(target="mine").respond(ask).body.decode())
"""
    found = json.loads(run(python, program))
    assert (found["registry"], found["target"]) == (shop[0].digest, "mine")


def test_the_environment_holds_nothing_else(python: Path) -> None:
    program = """
import importlib.metadata as m
for d in m.distributions(): print(d.name, d.version, d.requires, d.read_text("WHEEL").splitlines()[-1])
"""
    assert run(python, program).count("\n") == 1
    name, _, rest = run(python, program).partition(" ")
    assert name == "edgewise-decisions"
    assert rest.endswith("None Tag: py3-none-any\n")


def test_the_record_and_the_metadata_are_sound(wheel: Path, shop: tuple[Registry, Reference, Artefact]) -> None:
    with zipfile.ZipFile(wheel) as file:
        assert file.testzip() is None
        names = file.namelist()
        record = next(name for name in names if name.endswith(".dist-info/RECORD"))
        rows = list(csv.reader(io.StringIO(file.read(record).decode())))
        metadata = email.message_from_bytes(file.read(record.replace("RECORD", "METADATA")))
        contents = {name: file.read(name) for name in names}
        stamps = {entry.date_time for entry in file.infolist()}
        kinds = {(entry.compress_type, entry.create_system, entry.external_attr) for entry in file.infolist()}
    assert [row[0] for row in rows] == names
    for name, digest, size in rows[:-1]:
        sealed = urlsafe_b64encode(hashlib.sha256(contents[name]).digest()).rstrip(b"=").decode()
        assert (digest, size) == (f"sha256={sealed}", str(len(contents[name])))
    assert rows[-1] == [record, "", ""]
    assert stamps == {(1980, 1, 1, 0, 0, 0)}
    assert kinds == {(zipfile.ZIP_STORED, 3, 0o100644 << 16)}
    version = wheel_version(shop[0].digest)
    assert (metadata["Name"], metadata["Version"]) == ("edgewise-decisions", version)
    assert wheel.name == f"{PACKAGE}-{version}-py3-none-any.whl"
    assert record == f"{PACKAGE}-{version}.dist-info/RECORD"
    assert all(f"- `{name}`" in metadata.get_payload() for name in shop[0].decisions)


def test_other_registries_have_other_versions() -> None:
    assert wheel_version("sha256:" + "0123456789abcdef" * 4) == "1.0+r0123456789ab"
    assert wheel_version("sha256:" + "f" * 64) == "1.0+rffffffffffff"
