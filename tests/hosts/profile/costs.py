"""Measures what profiles cost a request, in node, in workerd and in Python, in microseconds.

The least of some rounds is shown, since other work on the machine only adds.

python -m tests.hosts.profile.costs
"""

import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from decision_engine.hosts.javascript import PROFILE_FILES, host_sources
from decision_engine.hosts.python.profile import Profiles
from decision_engine.hosts.python.pseudonyms import pseudonym
from functions.edge.cloudflare import COMPATIBILITY_DATE
from infra.dev.workerd import Workerd, find_workerd, free_port
from tests.hosts.profile.minting import AT, CONTENT, PROFILE, SECRETS, STORED, TABLE, letter, seal, sign, text_of
from tests.hosts.profile.minting import pseudonym as minted_pseudonym

COUNT = 1500
ROUNDS = 9
FILES = (*PROFILE_FILES, "ascii.js", "errors.js", "strict_json.js", "watching.js")
NODE = """\
import { readFile } from "node:fs/promises";
import { measureCosts } from "./costs.js";
const given = JSON.parse(await readFile(process.argv[2], "utf8"));
process.stdout.write(JSON.stringify(await measureCosts({ ...given, now: () => performance.now() })));
"""
WORKER = """\
import { measureCosts } from "./costs.js";
export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("");
    return Response.json(await measureCosts({ ...(await request.json()), now: () => Date.now() }));
  },
};
"""


def given() -> dict[str, Any]:
    """Tables, keys, and a text of each kind for every visitor."""
    visitors = [minted_pseudonym(SECRETS["k1"], "shop", f"visitor-{number}") for number in range(COUNT)]
    return {
        "table": TABLE | {"store": {"timeout": 5000, "absent": 60_000, "entries": 2000, "warm": 0}},
        "keys": {name: text_of(secret) for name, secret in SECRETS.items()},
        "at": AT,
        "signed": {visitor: sign(letter(visitor, CONTENT)) for visitor in visitors},
        "sealed": {visitor: seal(letter(visitor, CONTENT)) for visitor in visitors},
        "stored": {visitor: sign(letter(visitor, CONTENT, issued=AT + 1000), STORED) for visitor in visitors},
    }


def in_node(folder: Path) -> dict[str, float]:
    (folder / "node.mjs").write_text(NODE, encoding="utf-8")
    command = [shutil.which("node") or "node", str(folder / "node.mjs"), str(folder / "given.json")]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def in_workerd(folder: Path, worker: Workerd, port: int) -> dict[str, float]:
    sent = urllib.request.Request(f"http://127.0.0.1:{port}/", data=(folder / "given.json").read_bytes())
    with urllib.request.urlopen(sent, timeout=120) as answer:
        found: dict[str, float] = json.load(answer)
    return found


def in_python(one: dict[str, Any]) -> dict[str, float]:
    profiles = Profiles(one["table"], SECRETS)
    costs = {}
    for name in ("first", "again"):
        start = time.perf_counter()
        for visitor, token in one["signed"].items():
            assert profiles.read_token(token, visitor, AT) is not None
        costs[f"signed, {name}"] = 1e6 * (time.perf_counter() - start) / COUNT
    start = time.perf_counter()
    for visitor in one["signed"]:
        pseudonym(SECRETS["k1"], "shop", visitor)
    costs["pseudonym, first"] = 1e6 * (time.perf_counter() - start) / COUNT
    return costs


def config() -> str:
    modules = [f'(name = "{name}", esModule = embed "{name}")' for name in ("worker.js", "costs.js", *FILES)]
    return f"""\
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", http = (), service = "main")],
);
const main :Workerd.Worker = (modules = [{", ".join(modules)}], compatibilityDate = "{COMPATIBILITY_DATE}");
"""


def least(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: min(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, one = Path(name), given()
        (folder / "given.json").write_text(json.dumps(one), encoding="utf-8")
        for file, content in host_sources(FILES).items():
            (folder / file).write_bytes(content)
        (folder / "costs.js").write_bytes((Path(__file__).parent / "costs.js").read_bytes())
        (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        (folder / "worker.js").write_text(WORKER, encoding="utf-8")
        (folder / "config.capnp").write_text(config(), encoding="utf-8")
        length = len(sign(letter("x" * 22, CONTENT), PROFILE))
        print(f"a token of {length} characters; microseconds, the least of {ROUNDS} rounds")
        shown = {"node": least([in_node(folder) for _ in range(ROUNDS)])}
        binary, port = find_workerd(), free_port()
        assert binary is not None, "needs workerd"
        with Workerd(binary, folder, "127.0.0.1", port) as worker:
            shown["workerd"] = least([in_workerd(folder, worker, port) for _ in range(ROUNDS)])
        shown["Python"] = least([in_python(one) for _ in range(ROUNDS)])
        for row in shown["node"]:
            cells = [f"{runtime} {costs[row]:7.2f}" for runtime, costs in shown.items() if row in costs]
            print(f"{row:34}", *cells)


if __name__ == "__main__":
    main()
