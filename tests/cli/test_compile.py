"""`edgewise compile` and `edgewise dump`: whole folders or none, the same bytes, artefacts that run alone."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli.dump import Stage
from infra.folders import write_artefact
from infra.targets import TARGETS
from tests.cli.running import EXAMPLE, NOON, SHOP, Run, files_of


@pytest.mark.parametrize("target", TARGETS)
def test_an_artefact_is_described_by_its_manifest(run: Run, tmp_path: Path, target: str) -> None:
    out = tmp_path / "deep" / target
    ran = run("compile", SHOP, "--target", target, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert "together" in ran.out
    manifest = json.loads((out / "artefact.json").read_text(encoding="utf-8"))
    files = files_of(out)
    assert set(manifest["files"]) == set(files) - {"artefact.json"}
    for name, described in manifest["files"].items():
        assert described["sha256"] == hashlib.sha256(files[name]).hexdigest()
        assert described["raw"] == len(files[name])
        assert f"{described['gzip']:,}" in ran.out
    assert manifest["target"] == target
    assert run("compile", SHOP, "--target", target, "--out", out, "--json").json["files"] == manifest["files"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep"]
    assert [path.name for path in out.parent.iterdir()] == [target]


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_registry_gives_the_same_bytes_in_any_process(run: Run, tmp_path: Path, target: str) -> None:
    # The example's model does not fit CloudFront as it is.
    registry = SHOP if target == "cloudfront" else EXAMPLE / "registry"
    assert run("compile", registry, "--target", target, "--out", tmp_path / "one").code == 0
    command = [
        sys.executable,
        "-m",
        "infra.cli.main",
        "compile",
        registry,
        "--target",
        target,
        "--out",
        tmp_path / "two",
    ]
    for seed in ("1", "2"):
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
        assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_the_python_artefact_runs_alone(run: Run, tmp_path: Path, request_file: Path) -> None:
    out = tmp_path / "artefact"
    run("compile", SHOP, "--target", "python", "--out", out)
    expected = run("decide", SHOP, "--request", request_file, "--at", NOON, "--json").out
    command = [sys.executable, "-I", "-S", out / "decide.py", "--at", NOON]
    done = subprocess.run([*command, request_file], cwd="/", capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (expected, "")
    done = subprocess.run(command, cwd="/", input='{"a":1,"a":2}', capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[duplicate-key] -: ")
    done = subprocess.run([*command, "/nothing"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    # Running it leaves byte code behind, which is no reason to refuse the next artefact.
    assert run("compile", SHOP, "--target", "python", "--out", out).code == 0


@pytest.mark.node
def test_the_javascript_artefact_runs_alone(run: Run, tmp_path: Path, request_file: Path) -> None:
    out = tmp_path / "artefact"
    run("compile", SHOP, "--target", "javascript", "--out", out)
    expected = run("decide", SHOP, "--request", request_file, "--at", NOON, "--json").out
    command = ["node", out / "decide.mjs", "--at", NOON]
    done = subprocess.run([*command, request_file], cwd="/", capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (expected, "")
    done = subprocess.run(command, cwd="/", input='{"a":1,"a":2}', capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[duplicate-key] -: ")
    assert (
        subprocess.run(["node", out / "decide.mjs", "--at", "noon"], capture_output=True, check=False).returncode == 2
    )


def test_a_folder_that_is_no_artefact_is_left_alone(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "diary.txt").write_text("dear diary", encoding="utf-8")
    ran = run("compile", SHOP, "--target", "wasm", "--out", out)
    assert ran.code == 1
    assert ran.out == ""
    assert ran.err.startswith("error[not-an-artefact]")
    assert "help: " in ran.err
    assert files_of(tmp_path) == {"mine/diary.txt": b"dear diary"}


def test_an_earlier_artefact_is_replaced_but_not_what_was_put_beside_it(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("compile", SHOP, "--target", "javascript", "--out", out).code == 0
    assert run("compile", SHOP, "--target", "wasm", "--out", out).code == 0
    assert sorted(files_of(out)) == ["artefact.json", "program.wasm", "tables.json"]
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = files_of(tmp_path)
    ran = run("compile", SHOP, "--target", "python", "--out", out, "--json")
    assert ran.code == 1
    assert "found `notes.txt`" in ran.json["diagnostics"][0]["message"]
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"files": [], "target": "wasm"}'])
def test_a_damaged_manifest_protects_its_folder(run: Run, tmp_path: Path, manifest: str) -> None:
    (tmp_path / "artefact.json").write_text(manifest, encoding="utf-8")
    assert run("compile", SHOP, "--target", "wasm", "--out", tmp_path, "--json").codes == ["not-an-artefact"]
    assert list(files_of(tmp_path)) == ["artefact.json"]


@pytest.mark.parametrize(
    ("out", "code"),
    [("file", "not-a-folder"), ("file/in", "not-a-folder"), ("nul\0", "usage"), ("x" * 300, "unwritable")],
)
def test_a_place_that_cannot_be_written_is_an_error(run: Run, tmp_path: Path, out: str, code: str) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert run("compile", SHOP, "--target", "wasm", "--out", tmp_path / out, "--json").codes == [code]
    assert files_of(tmp_path) == {"file": b"mine"}


def test_an_artefact_cannot_stand_in_its_registry(run: Run, tmp_path: Path) -> None:
    registry = tmp_path / "shop"
    run("init", registry)
    before = files_of(tmp_path)
    for out in (registry, registry / "build"):
        assert run("compile", registry, "--target", "wasm", "--out", out, "--json").codes == ["inside-registry"]
    assert files_of(tmp_path) == before


def test_an_interrupted_write_leaves_the_earlier_artefact(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from decision_engine.operators import SIGNATURES
    from feature_registry import load
    from infra import folders
    from infra.targets import build

    out = tmp_path / "out"
    run("compile", SHOP, "--target", "wasm", "--out", out)
    before = files_of(tmp_path)
    write_bytes, count = Path.write_bytes, 0

    def stop(path: Path, content: bytes) -> int:
        nonlocal count
        count += 1
        if count == 2:
            raise KeyboardInterrupt
        return write_bytes(path, content)

    monkeypatch.setattr(folders.Path, "write_bytes", stop)
    with pytest.raises(KeyboardInterrupt):
        write_artefact(build("python", load(SHOP, SIGNATURES)), out)
    assert count == 2
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_stable_text(run: Run, stage: Stage) -> None:
    first = run("dump", SHOP, "--stage", stage)
    assert (first.code, first.err) == (0, "")
    assert first.out.endswith("\n")
    assert run("dump", SHOP, "--stage", stage).out == first.out
    dumped = run("dump", SHOP, "--stage", stage, "--json").json
    assert (dumped["stage"], dumped["text"]) == (stage, first.out)
