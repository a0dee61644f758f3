"""OpenFeature's web SDK asks the edge through its own OFREP provider."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.edge.serving import python_server, worker

CLIENT = Path(__file__).with_name("web_client.mjs")


@pytest.mark.node
@pytest.mark.parametrize("served", ["worker", "python"])
def test_the_web_sdk_sees_the_decisions(served: str, tmp_path: Path, node: Path) -> None:
    with worker(tmp_path) if served == "worker" else python_server() as server:
        done = subprocess.run(
            [node, CLIENT, server.url], capture_output=True, encoding="utf-8", timeout=60, check=False
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    first, second, third = found["seen"]
    assert (first["hero"]["value"], first["hero"]["variant"]) == ({"title": "Welcome back"}, "hero_loyal")
    assert (first["hero"]["reason"], first["hero"]["flagMetadata"]["rule"]) == ("TARGETING_MATCH", 0)
    assert [first[name]["value"] for name in ("dark", "banner", "shipping")] == [False, "", first["shipping"]["value"]]
    assert [second[name]["value"] for name in ("dark", "banner", "shipping")] == [True, "phone", 50]
    assert second["hero"]["flagMetadata"]["experiment"] == "hero_test"
    assert (second["mismatch"]["value"], second["mismatch"]["errorCode"]) == (-1, "TYPE_MISMATCH")
    assert (second["unknown"]["value"], second["unknown"]["errorCode"]) == ("-", "FLAG_NOT_FOUND")
    assert third == second
    # The provider keeps the entity tag of a context: the same one again is not sent again as a body.
    assert found["statuses"] == [200, 200, 304]
