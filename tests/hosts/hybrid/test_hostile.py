"""Answers that were altered at random: both hosts say the same of them, and show only what the registry knows."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.hosts.hybrid.python import run_answer
from tests.hosts.hybrid.shared import load, run_node

ANSWERS = load("hybrid/answers.json")
TABLES, ASKED = ANSWERS["tables"], ANSWERS["asked"]
WHOLE = [case["body"].encode() for case in ANSWERS["cases"] if case["reason"] is None]
KNOWN = {"hero": {"a", "b", "o"}, "offers": {"x", "y", "z"}}
PIECES = (
    *(b'{"outcome":"a"}', b'{"items":["x"]}', b'"__proto__":', b"[]", b"null", b"1e999", b"\xff", b"\\ud800", b"\x00"),
    *(b'"hero":{"outcome":"b"},', b'"registry":1,', b"{", b"}", b'"', b",", b":", b" ", b"\xef\xbb\xbf"),
)


def altered(chance: random.Random) -> bytes:
    text = chance.choice(WHOLE)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(text) + 1)
        until = min(len(text), at + chance.choice((0, 1, 1, 3, 20)))
        piece = chance.choice(PIECES) if chance.random() < 0.6 else bytes([chance.randrange(256)])
        text = text[:at] + piece + text[until:]
    return text


@pytest.mark.node
def test_both_hosts_say_the_same_of_altered_answers() -> None:
    chance = random.Random(11)
    cases = [{"hex": altered(chance).hex()} for _ in range(4000)]
    theirs = run_node([{"answer": case, "tables": TABLES, "asked": ASKED} for case in cases])
    counted: dict[Any, int] = {}
    for case, found in zip(cases, theirs, strict=True):
        ours = run_answer(case, TABLES, ASKED)
        assert ours == found, bytes.fromhex(case["hex"])
        counted[ours["reason"]] = counted.get(ours["reason"], 0) + 1
        for name, keys in ours["decisions"].items():
            assert set([keys] if isinstance(keys, str) else keys) <= KNOWN[name]
        for replacement in ours["replacements"].values():
            json.loads(replacement["payload"])
    assert {None, "not-json", "bad-answer", "other-registry"} <= counted.keys(), counted
