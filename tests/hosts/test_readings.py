"""Readings and named hashes: both hosts agree on any JSON, and on the formulas' published values."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from decision_engine.hosts.javascript import FOLDER
from decision_engine.hosts.python.named_hash import fnv1a, place
from decision_engine.hosts.python.readings import number_text, reading
from feature_registry.bucketings import NAMED_BUCKETINGS
from feature_registry.readings import READINGS

SCRIPT = """
import { createInterface } from "node:readline";
const { prepareReading } = await import(process.argv[1] + "/readings.js");
const { preparePlace } = await import(process.argv[1] + "/named_hash.js");
const { murmur3Text } = await import(process.argv[1] + "/murmur.js");
for await (const line of createInterface({ input: process.stdin })) {
  const [name, type, raw] = JSON.parse(line);
  const found = type === "place" ? preparePlace(name)(raw, murmur3Text) : prepareReading(name, type)(raw);
  process.stdout.write(JSON.stringify(found === undefined ? null : found) + "\\n");
}
"""
TEXTS = [
    "",
    " ",
    "a",
    "A\u00c9\u0130\u03a3",
    "10",
    " 1.50\n",
    "1e3",
    "0x1F",
    "-0",
    "+5.",
    ".5",
    "1_0",
    "Infinity",
    "NaN",
    "v1.2.3",
]
MORE = [
    "1",
    "1.2",
    "1.2.3-rc.1+b",
    "a.b.c",
    "1-2-3",
    "V2",
    "\u00a07\ufeff",
    "\U0001f600",
    "1+\n2",
    "99999999999999999999",
]
NUMBERS = [0, -0.0, 1, -1, 1.5, 1e-7, 1e-6, 123456.789, 9007199254740991, 0.1, 5e-324, 1.7e300, 100, 1e21]


def value(random: Random, depth: int = 2) -> Any:
    kinds = [random.choice(TEXTS + MORE), random.choice(NUMBERS), random.random() < 0.5]
    if depth:
        kinds.append([random.choice([None, value(random, depth - 1)]) for _ in range(random.randrange(4))])
        keys = ["b", "10", "2", "toString", "__proto__", "length", "\u00e9"]
        kinds.append({key: value(random, depth - 1) for key in random.sample(keys, random.randrange(4))})
    return random.choice(kinds)


def javascript(lines: list[tuple[str, str, Any]]) -> list[Any]:
    node = shutil.which("node")
    assert node is not None, "the mark `node` has looked for it"
    done = subprocess.run(
        [node, "--input-type=module", "-e", SCRIPT, Path(FOLDER).as_uri()],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.node
def test_both_hosts_read_alike() -> None:
    random = Random(18)
    names = [(name, str(kind)) for name, kinds in READINGS.items() for kind in kinds]
    lines = [(name, kind, value(random)) for name, kind in names for _ in range(300)]
    for (name, kind, raw), found in zip(lines, javascript(lines), strict=True):
        expected = reading(name, kind)(raw)
        assert json.dumps(expected) == json.dumps(found) or expected == found, (name, kind, raw, expected, found)


@pytest.mark.node
def test_both_hosts_hash_alike() -> None:
    random = Random(19)
    letters = "abc019-_\u00e9\u20ac\U0001f600"
    texts = ["", *("".join(random.choices(letters, k=random.randrange(40))) for _ in range(300))]
    lines = [(name, "place", text) for name in NAMED_BUCKETINGS for text in texts]
    assert [place(name, text) for name, _, text in lines] == javascript(lines)


def test_fnv_has_its_published_values() -> None:
    assert [fnv1a(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
        (0.1, "0.1"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
    ],
)
def test_numbers_are_written_as_in_javascript(number: float, text: str) -> None:
    assert number_text(number) == text
