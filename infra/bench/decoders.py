"""The decoders of consent strings: how long one takes at most, and how large they are."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import tempfile
from pathlib import Path

from decision_engine.hosts.javascript import FOLDER
from decision_engine.hosts.javascript.bundle import bundle
from infra.bench.node import find_node
from infra.bench.result import Row, Unit
from infra.bench.timing import Setting
from infra.consent import gpp_string, national_string, state_string, tc_string
from infra.errors import EngineError

SUITE = "edge"
P99_BUDGET, WORST_BUDGET = 50.0, 1_000.0
BYTES_BUDGET = 4_096
LONGEST = 4_096
"""Characters of a string that are read."""

ROUNDS = 5
USUAL, HOSTILE = 2_000, 400
FILES = ("ascii.js", "consent_bits.js", "consent_gpp.js", "consent_tcf.js")

_SCRIPT = Path(__file__).with_name("decoders.mjs")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_ENTRY = """\
import { readTc } from "./consent_tcf.js";
import { readGpp, readAnyUs } from "./consent_gpp.js";

export default { readTc, readGpp, readAnyUs };
"""


def measure_decoders(setting: Setting, now: int) -> list[Row]:
    """Rows for the 99th percentile of usual strings, the slowest of hostile ones, and the bytes; `now` is ms UTC."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="edgewise-bench-") as name:
        path = Path(name, "texts")
        usual = {"tc": _usual_tc(chance, now), "gpp": _usual_gpp(chance, now)}
        hostile = {"tc": _hostile(chance, "tc", now), "gpp": _hostile(chance, "gpp", now)}
        found = []
        for texts in (usual, hostile):
            path.write_text(json.dumps(texts), encoding="utf-8")
            found.append(_run(path, setting.rounds(ROUNDS)))
    rows = []
    for kind, title in (("tc", "TC strings"), ("gpp", "GPP strings with their sections")):
        rows.append(_row(f"{title}, p99", found[0][kind]["p99"], P99_BUDGET))
        rows.append(
            _row(f"{title}, hostile ones of {LONGEST:,} characters, worst", found[1][kind]["worst"], WORST_BUDGET)
        )
    size = len(gzip.compress(decoders_module(), compresslevel=9, mtime=0))
    rows.append(Row(SUITE, "decoders of consent strings, gzip", size, "budget", BYTES_BUDGET, 0.0, 1.0, Unit.BYTES))
    return rows


def decoders_module() -> bytes:
    """The decoders as one module, as a worker has them."""
    sources = {name: (FOLDER / name).read_text(encoding="utf-8") for name in FILES}
    return bundle("entry.js", {**sources, "entry.js": _ENTRY}).encode()


def _row(case: str, microseconds: float, budget: float) -> Row:
    return Row(SUITE, case, microseconds, "budget", budget, 0.0, 1.0)


def _run(path: Path, rounds: int) -> dict[str, dict[str, float]]:
    done = subprocess.run(
        [find_node(), str(_SCRIPT), str(path), str(rounds)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise EngineError("command-failed", f"node failed: {done.stderr.strip()[-400:]}")
    found: dict[str, dict[str, float]] = json.loads(done.stdout)
    return found


def _usual_tc(chance: random.Random, now: int) -> list[str]:
    """With the publisher's segment, and some with restrictions of their own."""
    texts = []
    for _ in range(USUAL):
        purposes = chance.sample(range(1, 12), chance.randrange(12))
        restricted = chance.sample(range(1, 12), chance.randrange(3))
        texts.append(tc_string(now - chance.randrange(10**10), purposes, publisher=purposes, restricted=restricted))
    return texts


def _usual_gpp(chance: random.Random, now: int) -> list[str]:
    texts = []
    for tc in _usual_tc(chance, now):
        states = {number: state_string(number, chance.randrange(3)) for number in chance.sample(range(8, 28), 3)}
        texts.append(gpp_string({2: tc, 7: national_string(chance.randrange(3)), **states}))
    return texts


def _hostile(chance: random.Random, kind: str, now: int) -> list[str]:
    """As long as is read: a true beginning and then anything, many segments, many sections, one character alone."""
    begin = tc_string(now, (1, 5, 6), publisher=(1, 5, 6), restricted=range(1, 20))
    if kind == "gpp":
        begin = gpp_string({2: begin, 7: national_string(1), **{one: state_string(one, 1) for one in range(8, 28)}})
    texts = []
    for number in range(HOSTILE):
        kept = begin[: chance.randrange(len(begin) + 1)]
        drawn = _ALPHABET if number % 2 else chance.choice((_ALPHABET[:2], "_9", ".~A", "~", ".", "A", "_", "D"))
        texts.append((kept + "".join(chance.choices(drawn, k=LONGEST)))[:LONGEST])
    return texts
