"""The packaged wheel in Pyodide: byte code on every conformance case, the same bytes every time, no network."""

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from decision_engine.ir import Program
from decision_engine.pipeline import compile_program
from decision_engine.reference import Reference
from decision_engine.targets.python.build import HOST_PACKAGE
from decision_engine.targets.python.wheel import PACKAGE, TAG, build_wheel, pack_wheel
from infra.cli.inputs import read_registry
from infra.errors import EngineError
from infra.packaging import Tool, build_pyodide, find_tool
from infra.packaging.__main__ import main
from infra.packaging.pyodide import LOCK, VARIABLE
from infra.replay import load_map, requests_from
from tests.conformance.cases import fault, groups
from tests.conformance.lines import LineProcess
from tests.conformance.programs import load_registry
from tests.conftest import ROOT, require_node
from tests.docs.pages import blocks

SHOP = ROOT / "examples" / "online_shop"
NAME = "edgewise-decisions"
SESSIONS = 300
SHOWN = 10


@pytest.fixture(scope="module")
def tool() -> Tool:
    """pyodide-build; without an interpreter of Pyodide's version the test says so and is skipped."""
    try:
        return find_tool()
    except EngineError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def shop(tool: Tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, packaged by the command."""
    folder = tmp_path_factory.mktemp("shop") / "artefact"
    assert main([str(SHOP / "registry"), "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def pyodide(shop: Path) -> Iterator[LineProcess]:
    """Pyodide, with the example's package loaded by its lock file."""
    require_node()
    node = Path(shutil.which("node") or "node")
    with LineProcess(node, "../packaging/pyodide_wheels.mjs", shop / LOCK, shop, NAME) as process:
        yield process


def wheel_of(folder: Path) -> Path:
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.mark.node
def test_the_example_decides_its_sessions(pyodide: LineProcess, shop: Path) -> None:
    registry, models = read_registry(SHOP / "registry")
    reference = Reference(registry, models)
    sessions = requests_from(SHOP / "data" / "online_shoppers_intention.csv", load_map(SHOP / "map.json"))
    cases = [(request, at) for (request, at), _ in zip(sessions, range(SESSIONS), strict=False)]
    answers = pyodide.ask(wheel=str(wheel_of(shop)), cases=cases)
    assert len(answers) == SESSIONS
    assert answers == [reference.decide(request, at or 0) for request, at in cases]


@pytest.mark.node
def test_the_program_of_the_page_runs(shop: Path, tmp_path: Path) -> None:
    (block,) = blocks("docs/platforms/python.md", "js")
    (tmp_path / "example.mjs").write_text(block.text, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "pyodide").symlink_to(shop)
    done = subprocess.run(["node", "example.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "home_hero: {" in done.stdout


@pytest.mark.node
def test_every_conformance_case(pyodide: LineProcess, tool: Tool, tmp_path: Path) -> None:
    wheels, problems = {}, []
    loaded = {group.number: load_registry(group.registry) for group in groups()}
    for number, (registry, models) in loaded.items():
        name, wheel = without_host(compile_program(registry, models))
        (tmp_path / name).write_bytes(wheel)
        wheels[number] = tmp_path / name.replace("-py3-", f"-{tag_of(tool)}-")
    command = [tool.python, "-m", "pyodide_cli", "py-compile", "--silent", "--compression-level", "0", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    for group in groups():
        reference = Reference(*loaded[group.number])
        pairs = [(case.request, case.at) for case in group.cases]
        answers = pyodide.ask(wheel=str(wheels[group.number]), cases=pairs)
        for case, text in zip(group.cases, answers, strict=True):
            found = fault(case, text, reference.decide(case.request, case.at))
            problems += [] if found is None else [f"{group.case_name(case)}: {found}"]
    assert not problems, "\n".join([f"{len(problems)} cases differ", *problems[:SHOWN]])


def without_host(program: Program) -> tuple[str, bytes]:
    """A program's wheel without the host, which is the same in all of them and takes the most time to compile."""
    (name, content), *_ = [item for item in build_wheel(program).files.items() if item[0].endswith(".whl")]
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        files = {entry: file.read(entry) for entry in file.namelist() if f"/{HOST_PACKAGE}/" not in entry}
    metadata = next(files[entry] for entry in files if entry.endswith("/METADATA"))
    kept = {entry: files[entry] for entry in files if entry.startswith(f"{PACKAGE}/")}
    return name, pack_wheel("-".join(name.split("-")[:2]), kept, metadata, TAG)


def tag_of(tool: Tool) -> str:
    python = json.loads(tool.lock.read_bytes())["info"]["python"].split(".")
    return f"cp{python[0]}{python[1]}"


def test_the_same_program_gives_the_same_bytes(tool: Tool, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    again = build_pyodide(compile_program(*read_registry(SHOP / "registry")), tool)
    assert {path.name: path.read_bytes() for path in shop.iterdir()} == dict(again.files)


def test_the_wheel_and_the_lock_agree(tool: Tool, shop: Path) -> None:
    wheel = wheel_of(shop)
    lock = json.loads((shop / LOCK).read_bytes())
    entry = lock["packages"][NAME]
    assert entry["file_name"] == wheel.name
    assert entry["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert entry["imports"] == [PACKAGE]
    assert entry["depends"] == []
    distribution = json.loads(tool.lock.read_bytes())
    assert lock["info"] == distribution["info"]
    assert lock["packages"].keys() == {NAME, *distribution["packages"]}
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        record = next(name for name in names if name.endswith("/RECORD"))
        rows = list(csv.reader(io.TextIOWrapper(file.open(record), "utf-8")))
        tag = file.read(record.replace("RECORD", "WHEEL")).decode().splitlines()[-1]
    assert [row[0] for row in rows] == names
    assert tag == f"Tag: {tag_of(tool)}-none-any"
    assert not [name for name in names if name.endswith(".py")]
    assert f"{PACKAGE}/program.pyc" in names


def test_what_the_tool_needs_is_pinned_with_digests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements" / "pyodide.txt").read_text(encoding="utf-8")
    pins = re.findall(r"^([\w.-]+)==[^\s\\]+(?: ; [^\\]+)? \\\n    --hash=sha256:", lock, re.MULTILINE)
    wanted = {re.split(r"[>=;\s]", one)[0] for one in project["optional-dependencies"]["pyodide"]}
    assert wanted <= set(pins)
    assert len(pins) == len(re.findall(r"^[\w.-]+==", lock, re.MULTILINE))


def test_a_missing_interpreter_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    require_node()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "python"))
    with pytest.raises(EngineError, match=r"no-pyodide.*expected Python 3\.\d+ with pyodide-build, found none"):
        find_tool()
    other = ROOT / ".venv" / "bin" / "python"
    monkeypatch.setenv(VARIABLE, str(other))
    with pytest.raises(EngineError, match="found none that runs"):
        find_tool()


def test_a_failing_tool_is_a_clear_error(tool: Tool, tmp_path: Path) -> None:
    lock = tmp_path / LOCK
    lock.write_text("{}", encoding="utf-8")
    with pytest.raises(EngineError, match="pyodide-failed.*`lockfile`"):
        build_pyodide(compile_program(*read_registry(SHOP / "registry")), Tool(tool.python, lock))


def test_a_registry_with_errors_writes_nothing(tool: Tool, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing"), "--out", str(tmp_path / "out")]) == 1
    assert "error[" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())
