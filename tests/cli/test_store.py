"""`edgewise store`: from a first draft to production, and what it says when somebody else was faster."""

import json
from pathlib import Path

import pytest

from infra.cli.store import Action
from infra.store_actions import ACTIONS
from tests.cli.running import EXAMPLE, Run


@pytest.fixture(params=["sqlite", "file"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"{request.param}:{tmp_path / 'store'}"


def test_the_actions_are_those_of_the_table() -> None:
    assert {one.value for one in Action} == {*ACTIONS, "verify"}


def test_from_a_draft_to_production(run: Run, address: str, tmp_path: Path) -> None:
    registry = EXAMPLE / "registry"
    assert "production (2 approvals)" in run("store", "init", address, "--by", "root").out
    draft = run("store", "draft", address, "spring", "--env", "production", "--by", "ann", "--json").json["draft"]
    put = run("store", "put", address, "spring", registry, "--etag", draft["etag"], "--by", "ann", "--json")
    etag = put.json["draft"]["etag"]
    publish = ("store", "publish", address, "spring", "--env", "production", "--etag", etag, "--message", "spring")
    refused = run(*publish, "--by", "ann")
    assert refused.code == 1
    assert "error[needs-approval]" in refused.err and "expected 2 approvals" in refused.err
    for by in ("ben", "cat"):
        assert run("store", "approve", address, "spring", "--env", "production", "--etag", etag, "--by", by).code == 0
    shown = run("store", "show", address, "spring")
    assert "approved by ben for production, cat for production" in shown.out and "changed decisions/" in shown.out
    published = run(*publish, "--by", "ann", "--request", "r9", "--json")
    assert run(*publish, "--by", "ann", "--request", "r9", "--json").json == published.json
    revision = published.json["revision"]
    assert f"production: {revision}" in run("store", "show", address).out
    checked = run("check", registry, "--json").json
    log = run("store", "log", address, "--json").json
    assert log["entries"][-1]["details"]["registry"] == checked["registry"]
    assert f"ann publish spring -> {revision}" in run("store", "log", address).out
    out = tmp_path / "out"
    assert run("store", "checkout", address, "--env", "production", "--out", out).code == 0
    assert run("check", out, "--json").json["registry"] == checked["registry"]
    end = log["end"]
    verified = run("store", "verify", address, "--known", f"{end['sequence']}:{end['digest']}")
    assert verified.code == 0 and "as they were written" in verified.out
    other = run("store", "verify", address, "--known", f"{end['sequence'] + 1}:{end['digest']}", "--json")
    assert other.code == 1 and other.json["diagnostics"][0]["code"] == "store-damaged"


def test_environments_of_ones_own(run: Run, address: str) -> None:
    assert run("store", "init", address, "--approvals", "berlin=1").out.endswith("with berlin (1 approval)\n")
    assert run("store", "configure", address, "--approvals", "paris=0", "--json").json["settings"]["environments"] == {
        "berlin": {"approvals": 1},
        "paris": {"approvals": 0},
    }
    assert run("store", "configure", address, "--approvals", "berlin=0", "--json").codes == ["weaker-settings"]
    assert run("store", "configure", address, "--approvals", "berlin=99").code == 2


def test_a_conflict_shows_both_sides(run: Run, address: str, tmp_path: Path) -> None:
    value = tmp_path / "value.json"

    def put(name: str, number: int, etag: str, *more: str) -> list[str]:
        value.write_text(json.dumps({"value": {"title": number}}), encoding="utf-8")
        return ["store", "put", address, "spring", str(value), "--object", name, "--etag", etag, *more]

    run("store", "init", address)
    etag = run("store", "draft", address, "spring", "--env", "dev", "--by", "ann", "--json").json["draft"]["etag"]
    etag = run(*put("payloads/a", 1, etag, "--by", "ann", "--json")).json["draft"]["etag"]
    assert run(*put("payloads/a", 2, etag, "--by", "ben")).code == 0
    lost = run(*put("payloads/a", 3, etag, "--by", "ann"))
    assert lost.code == 1
    assert "error[conflict]" in lost.err and "changed by `ben`" in lost.err
    assert "/payloads/a/value/title: it was `1`, theirs is `2`, yours is `3`" in lost.err
    other = run(*put("payloads/b", 4, etag, "--by", "ann"))
    assert other.code == 1 and "ask to merge" in other.err
    merged = run(*put("payloads/b", 4, etag, "--by", "ann", "--merge", "--json")).json["draft"]
    removed = run("store", "remove", address, "spring", "--object", "payloads/b", "--etag", merged["etag"], "--json")
    assert removed.code == 0
    gone = run("store", "discard", address, "spring", "--etag", removed.json["draft"]["etag"])
    assert gone.out == "discarded spring\n"


def test_what_breaks_the_live_registry_is_not_published(run: Run, address: str, tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    run("init", shop)
    run("store", "init", address)

    def publish(name: str, etag: str, *more: str) -> list[str]:
        return ["store", "publish", address, name, "--env", "dev", "--etag", etag, "--message", "because", *more]

    etag = run("store", "draft", address, "first", "--env", "dev", "--json").json["draft"]["etag"]
    etag = run("store", "put", address, "first", shop, "--etag", etag, "--json").json["draft"]["etag"]
    assert run(*publish("first", etag)).code == 0
    features = next(path for path in shop.glob("*.json") if "features" in json.loads(path.read_text("utf-8")))
    number = json.loads(features.read_text("utf-8"))["features"]
    name = next(key for key, one in number.items() if one["type"] == "number")
    changed = tmp_path / "value.json"
    changed.write_text(json.dumps({**number[name], "unit": "furlongs"}), encoding="utf-8")
    etag = run("store", "draft", address, "second", "--env", "dev", "--json").json["draft"]["etag"]
    put = run("store", "put", address, "second", changed, "--object", f"features/{name}", "--etag", etag, "--json")
    etag = put.json["draft"]["etag"]
    refused = run(*publish("second", etag), "--json")
    assert refused.code == 1
    rules = {one["code"] for one in refused.json["diagnostics"] if one["severity"] == "error"}
    assert rules
    allowed = [part for rule in rules for part in ("--allow", rule)]
    assert run(*publish("second", etag), *allowed).code == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["draft", "STORE"], "expected `DRAFT`"),
        (["draft", "STORE", "spring"], "expected `--env`"),
        (["put", "STORE", "spring"], "expected `PATH`"),
        (["put", "STORE", "spring", "."], "--etag"),
        (["remove", "STORE", "spring"], "expected `--object` or `--file`"),
        (["rebase", "STORE", "spring", "--keep", "x"], "expected `OBJECT=yours`"),
        (["checkout", "STORE"], "expected `--out`"),
        (["verify", "STORE", "--known", "1"], "expected `NUMBER:sha256:DIGITS`"),
        (["dance", "STORE"], "dance"),
    ],
)
def test_wrong_command_lines(run: Run, tmp_path: Path, arguments: list[str], expected: str) -> None:
    address = f"sqlite:{tmp_path / 'store.db'}"
    run("store", "init", address)
    empty = tmp_path / "registry"
    empty.mkdir()
    (empty / "a.json").write_text("{}", encoding="utf-8")
    words = {"STORE": address, ".": str(empty)}
    ran = run("store", *(words.get(one, one) for one in arguments))
    assert ran.code == 2, ran.err
    assert expected in ran.err


def test_errors_of_stores_are_told_without_a_traceback(run: Run, tmp_path: Path) -> None:
    for address, code in (
        ("nowhere", "bad-address"),
        (f"sqlite:{tmp_path / 'none.db'}", "no-such-store"),
        (f"file:{tmp_path}", "no-such-store"),
    ):
        assert run("store", "show", address, "--json").codes == [code]
