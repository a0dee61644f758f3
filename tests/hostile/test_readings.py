"""Readings of long and odd texts: both hosts come to the same, soon."""

import time
from typing import Any

import pytest

from decision_engine.hosts.python.values import acceptor
from feature_registry.readings import READINGS
from tests.hosts.javascript.node import exact, run

LONG = 20_000
PUMPS = ("0", "9", "1.", "-", "+", "v", ".", "0x", "f", " ", "a", "+\n", "1e", "\u2028+", ",", "\x00", "E")
ENDS = ("", "!", "\n", "e5", "+", "\n+x")
ODD = [
    "0x" + "f" * 300, "0X" + "F" * 20, "0b" + "1" * 1100, "0o" + "7" * 400, "0x" + "0" * 400 + "1", "1" * 400, "1e400",
    "-1e400", "1e-400", "." * 3, "1.e5", ".5", "5.", "+.5e-3", "Infinity", "-Infinity", "infinity", "0x", "1__0", "1_0",
    "\u0661", "0b2", "0x20000000000001", "0x1fffffffffffff",
]  # fmt: skip
TYPES = {"bool", "number", "category", "text", "tags", "version"}
MOST_SECONDS = 0.1


def features() -> list[dict[str, Any]]:
    """A feature for each reading and each type that it is for."""
    return [
        {"name": "f", "type": str(kind), "reading": name, "values": None, "low": None, "high": None}
        for name, kinds in READINGS.items()
        for kind in kinds
        if kind in TYPES
    ]


@pytest.mark.node
@pytest.mark.parametrize("feature", features(), ids=lambda feature: f"{feature['reading']} to {feature['type']}")
def test_long_and_odd_texts(feature: dict[str, Any]) -> None:
    texts = [*ODD, *((pump * LONG)[:LONG] + end for pump in PUMPS for end in ENDS)]
    raws: list[Any] = [[text] for text in texts] if feature["type"] == "tags" else texts
    accept = acceptor(feature)  # type: ignore[arg-type]  # what an acceptor looks at
    expected = []
    for raw in raws:
        start = time.perf_counter()
        expected.append(accept(raw))
        assert time.perf_counter() - start < MOST_SECONDS, str(raw)[:20]
    start = time.perf_counter()
    answers = run([{"accept": feature, "raw": raw} for raw in raws])
    assert time.perf_counter() - start < 10
    for raw, wanted, answer in zip(raws, expected, answers, strict=True):
        if feature["type"] == "version":  # each host has a form of its own
            assert (answer["value"] is None) == (wanted is None), str(raw)[:40]
        elif feature["type"] == "tags":
            assert (answer["value"] is None) == (wanted is None) and set(answer["value"] or ()) == (wanted or set())
        else:
            assert answer["value"] == exact(wanted), str(raw)[:40]
