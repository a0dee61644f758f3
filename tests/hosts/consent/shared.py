"""The shared cases of consent, and both implementations of what they hold."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from decision_engine.hosts.python.consent import Outcome, find_cookies, is_opted_out
from decision_engine.hosts.python.consent.gpp import US_PRIVACY, read_gpp, read_us, read_us_privacy
from decision_engine.hosts.python.consent.groups import read_groups
from decision_engine.hosts.python.consent.tcf import CANADA, EUROPE, read_tc

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "conformance" / "consent"
VECTORS = ROOT.parent / "shared" / "conformance" / "consent"
"""The official decoders' vectors in full, where they stand beside the repository."""


def load(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((CASES / name).read_text(encoding="utf-8"))["cases"]
    return cases


def run_node(operations: list[dict[str, Any]]) -> list[Any]:
    """The JavaScript implementation's answer to each operation."""
    lines = "".join(json.dumps(operation) + "\n" for operation in operations)
    command = [shutil.which("node") or "node", Path(__file__).parent / "runner.mjs"]
    done = subprocess.run(command, input=lines.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(operations)
    return answers


def run_python(case: dict[str, Any]) -> Any:
    """The Python implementation's answer to a case of a decoder."""
    if "tc" in case:
        string = read_tc(case["tc"], CANADA if case.get("layout") == "canada" else EUROPE)
        return None if string is None else string._asdict()
    if "gpp" in case:
        sections = read_gpp(case["gpp"])
        return None if sections is None else [list(pair) for pair in sections.items()]
    if "us" in case:
        found = read_us_privacy(case["us"]) if case["section"] == US_PRIVACY else read_us(case["section"], case["us"])
        return (
            None if found is None else {"opt_outs": [*found.opt_outs], "children": [*found.children], "gpc": found.gpc}
        )
    if "cookies" in case:
        return find_cookies(case["cookies"], set(case["names"]))
    if "groups" in case:
        groups = read_groups(case["groups"])
        return None if groups is None else [list(pair) for pair in groups.items()]
    return is_opted_out(case["gpc"])


def shown(outcome: Outcome) -> dict[str, Any]:
    """An outcome as the JavaScript implementation shows it."""
    rulings = [ruling._asdict() | {"state": str(ruling.state)} for ruling in outcome.rulings]
    return {"place": outcome.place, "regime": outcome.regime, "rulings": rulings}


def mask(outcome: Outcome) -> int:
    """The purposes allowed, a bit each."""
    return sum(ruling.allowed << index for index, ruling in enumerate(outcome.rulings))
