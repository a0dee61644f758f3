"""`edgewise dev` as a process: it answers, follows edits, survives bad ones, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cli.dev import RuntimeName
from infra.dev import RUNTIMES
from tests.conftest import require_node
from tests.dev.edge import COMMAND, PATIENCE, REGISTRY, ROOT, Edge, is_alive, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the tests look at processes through /proc")

FRANCE = {"units": {"visitor_id": "v1"}, "geo": {"country": "FR"}, "session": {"language": "fr"}}
QUERY = "/.edgewise/decide?d=%7B%22units%22:%7B%22visitor_id%22:%22v1%22%7D%7D"
OTHERWISE = '"otherwise": "shipping_79"'


@pytest.fixture(params=["workerd", "python"])
def runtime(request: pytest.FixtureRequest) -> str:
    if request.param == "workerd":
        require_node()
    return str(request.param)


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REGISTRY, tmp_path / "registry"))


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def edge(registry: Path, temporary: Path, runtime: str) -> Iterator[Edge]:
    with running(registry, temporary, "--runtime", runtime) as started:
        yield started


def edit(registry: Path, old: str, new: str) -> None:
    """Change a registry's decisions as an editor does: the file is replaced."""
    file = registry / "decisions.json"
    text = file.read_text(encoding="utf-8")
    assert old in text
    draft = registry / ".decisions.json.swp"
    draft.write_text(text.replace(old, new), encoding="utf-8")
    draft.replace(file)


def shipping(edge: Edge) -> str:
    return edge.outcome("free_shipping_threshold", {"geo": {"country": "CH"}})


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE, check=False)


def test_the_runtimes_of_the_command_are_those_of_the_local_edge() -> None:
    assert tuple(RuntimeName) == RUNTIMES


def test_a_bad_edit_changes_nothing_and_a_good_one_at_once(edge: Edge, registry: Path) -> None:
    assert edge.ask("/.edgewise/health") == {"status": "ok", "registry": edge.serving["registry"]}
    assert shipping(edge) == "shipping_79"

    edit(registry, OTHERWISE, '"otherwise": "shipping_49"')
    second = edge.event("compiled")
    assert second["registry"] != edge.serving["registry"]
    assert shipping(edge) == "shipping_49"

    edit(registry, '"otherwise": "shipping_49"', '"otherwise": "shipping_48"')
    broken = edge.event("broken")
    (problem,) = [one for one in broken["diagnostics"] if one["severity"] == "error"]
    assert (problem["file"], problem["help"]) == ("decisions.json", "did you mean `shipping_49`?")
    assert broken["registry"] == second["registry"] == edge.ask("/.edgewise/health")["registry"]
    assert shipping(edge) == "shipping_49"

    edit(registry, '"otherwise": "shipping_48"', OTHERWISE)
    assert edge.event("compiled")["registry"] == edge.serving["registry"]
    assert shipping(edge) == "shipping_79"


def test_a_folder_that_vanishes_and_comes_back(edge: Edge, registry: Path) -> None:
    away = registry.rename(registry.with_name("away"))
    assert [one["code"] for one in edge.event("broken")["diagnostics"]] == ["no-such-path"]
    assert shipping(edge) == "shipping_79"
    away.rename(registry)
    edge.event("compiled")
    assert shipping(edge) == "shipping_79"


def test_a_model_is_a_file_of_the_registry(edge: Edge, registry: Path) -> None:
    model = registry / "models" / "purchase_intent.txt"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("Tree=0\n", "Tree=zero\n", 1), encoding="utf-8")
    assert {one["pointer"].split("/")[1] for one in edge.event("broken")["diagnostics"]} == {"models"}
    assert shipping(edge) == "shipping_79"
    model.write_text(text, encoding="utf-8")
    edge.event("compiled")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_in_order(edge: Edge, number: signal.Signals) -> None:
    children = edge.children()
    assert len(children) == (edge.serving["runtime"] == "workerd")
    assert edge.ask(QUERY)
    assert edge.end(number) == 0
    edge.event("stopped")
    assert not any(map(is_alive, children))
    assert not list(edge.temporary.iterdir())
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", edge.port), timeout=1):
        pass


def test_it_ends_while_a_client_keeps_its_connection(edge: Edge) -> None:
    with socket.create_connection(("127.0.0.1", edge.port), timeout=PATIENCE) as connection:
        connection.sendall(b"GET /.edgewise/health HTTP/1.1\r\nhost: edge\r\n\r\n")
        assert connection.recv(64).startswith(b"HTTP/1.1 200")
        assert edge.end() == 0


def test_both_runtimes_give_the_same_answers(registry: Path, temporary: Path) -> None:
    require_node()
    answers = []
    for runtime in ("workerd", "python"):
        with running(registry, temporary, "--runtime", runtime) as edge:
            found = [edge.ask("/.edgewise/decide", FRANCE), edge.ask(QUERY)]
            answers.append([{**one, "at": 0} for one in found])
    assert answers[0] == answers[1]
    assert answers[0][0]["decisions"]["greeting"]["outcome"] == "greeting_fr"


@pytest.mark.node
def test_workerd_that_dies_is_started_again_within_a_limit(registry: Path, temporary: Path) -> None:
    with running(registry, temporary, "--runtime", "workerd") as edge:
        for _ in range(5):
            (child,) = edge.children()
            os.kill(child, signal.SIGKILL)
            assert edge.event("restarted")["reason"] == "workerd ended by itself with signal SIGKILL"
            assert shipping(edge) == "shipping_79"
        (child,) = edge.children()
        os.kill(child, signal.SIGKILL)
        assert edge.process.wait(PATIENCE) == 1
        assert not list(temporary.iterdir())


def test_a_port_in_use_is_named(runtime: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(REGISTRY, "--port", port, "--runtime", runtime)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error[port-in-use]: port {port} of 127.0.0.1 cannot be used: ")


def test_a_host_that_is_none_is_named() -> None:
    done = run(REGISTRY, "--port", "0", "--host", "203.0.113.1")
    assert done.returncode == 1
    assert "203.0.113.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_registry_broken_at_the_start_gives_all_its_problems(registry: Path, runtime: str) -> None:
    edit(registry, OTHERWISE, '"otherwise": "shipping_78"')
    edit(registry, '"otherwise": "hero_classic"', '"otherwise": "hero_clasic"')
    done = run(registry, "--port", "0", "--runtime", runtime)
    assert (done.returncode, done.stdout, done.stderr.count("error[")) == (1, "", 2)
    assert "did you mean `hero_classic`?" in done.stderr


def test_people_are_told_where_to_ask(registry: Path, temporary: Path) -> None:
    command = [*COMMAND, str(registry), "--port", "0", "--runtime", "python"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        served = lines[1].rpartition(": ")[2]
        edit(registry, OTHERWISE, '"otherwise": "shipping_78"')
        assert process.stderr is not None
        problem = list(iter(process.stderr.readline, f"not compiled: the last good program stays, {served}"))
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(PATIENCE) == 0
    url = lines[0].split()[1]
    assert lines[0] == f"serving {url} in the Python host, until Ctrl-C\n"
    assert lines[1].startswith("compiled in ")
    assert lines[3] == f"""  curl -s {url}/.edgewise/decide -d '{{"units":{{"visitor_id":"v1"}}}}'\n"""
    assert problem[0].startswith("error[unknown-payload] decisions.json:")
    assert problem[1].startswith("  help: ")
    assert rest.endswith("stopped\n")


def test_a_registry_in_one_file_follows_its_model(tmp_path: Path, temporary: Path) -> None:
    shop = ROOT / "tests" / "engines" / "shop.json"
    file = tmp_path / "shop.json"
    file.write_bytes(shop.read_bytes())
    with running(file, temporary, "--runtime", "python") as edge:
        file.write_text("{", encoding="utf-8")
        assert edge.event("broken")["registry"] == edge.serving["registry"]
        file.write_bytes(shop.read_bytes())
        assert edge.event("compiled")["registry"] == edge.serving["registry"]
