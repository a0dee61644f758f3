"""What passes requests on to a shop asks the shop, whatever the path looks like."""

import json
import subprocess
from pathlib import Path

import pytest

ADAPTER = Path(__file__).resolve().parents[2] / "decision_engine" / "hosts" / "javascript" / "fetch_adapter.js"
PATHS = ("/", "/a?b=c", "//evil.example/x", "///evil.example", "//evil.example:80/", "//user@evil.example/")
PROGRAM = """
const { passTo } = await import(process.argv[1]);
const asked = [];
globalThis.fetch = async (url, options) => (asked.push([String(url), options.redirect]), new Response("ok"));
const pass = passTo("https://shop.example");
for (const path of JSON.parse(process.argv[2])) await pass(new Request("https://edge.example" + path));
console.log(JSON.stringify(asked));
"""


@pytest.mark.node
def test_a_path_is_never_an_address(node: Path) -> None:
    command = [str(node), "--input-type=module", "-e", PROGRAM, ADAPTER.as_uri(), json.dumps(PATHS)]
    asked = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert asked == [[f"https://shop.example{path}", "manual"] for path in PATHS]
