"""Hostile tokens: altered, cut, joined, badly made by who has the key; both hosts must say the same of each.

For so many seconds, from a new seed: python -m tests.hosts.profile.hostile [SECONDS]
"""

import json
import random
import sys
import time
from typing import Any

from tests.conformance.profile.vectors import bad_letters, bad_tokens, good_tokens
from tests.hosts.profile.flips import DOCUMENT
from tests.hosts.profile.minting import AT, DAY, OTHER, PROFILE, STICKY, STORED, VISITOR, feature_id, letter, seal, sign
from tests.hosts.profile.shared import profiles_of, read_token, run_node

CHARACTERS = 'AZaz09-_.=+/%"\\ ,;\0\n\x7f\xe9\u0130\u2028\ud800\U0001f600'
IDS = [feature_id("worth"), feature_id("loyalty", 2), feature_id("likes"), "aaaa", "__pr", "", "a", "\U0001f600" * 2]
SCALARS: list[Any] = [
    None,
    True,
    False,
    0,
    -0.0,
    1,
    -1,
    0.5,
    1e308,
    2**53 - 1,
    2**53,
    "",
    "gold",
    "\ud800",
    "\0",
    "x" * 300,
]


def hostile_tokens(count: int, seed: int) -> list[str]:
    """So many texts, the same for the same seed."""
    chance = random.Random(seed)
    whole = [token for _, token, *_ in (*good_tokens(), *bad_tokens()) if len(token) < 4096]
    whole += [sign(payload) for _, payload in bad_letters()]
    makers = (_altered, _altered, _joined, _random_letter, _random_letter, _random_bytes, _random_text)
    return [makers[number % len(makers)](whole, chance) for number in range(count)]


def _altered(whole: list[str], chance: random.Random) -> str:
    text = chance.choice(whole)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(text) + 1)
        until = min(len(text), at + chance.choice((0, 1, 1, 8, 64)))
        text = text[:at] + chance.choice(("", chance.choice(CHARACTERS), text[at:until] * 2)) + text[until:]
    return text


def _joined(whole: list[str], chance: random.Random) -> str:
    parts = chance.choice(whole).split(".") + chance.choice(whole).split(".")
    chance.shuffle(parts)
    return ".".join(parts[: chance.randrange(6)])


def _random_letter(whole: list[str], chance: random.Random) -> str:
    """Authentic, with members of any kind."""
    issued = AT // 1000 + chance.choice((0, 0, -60, 60, 400, -(10**7)))
    members = [
        chance.choice([*[VISITOR] * 6, OTHER, _value(chance, 1)]),
        chance.choice([*[issued] * 6, _value(chance, 1)]),
        chance.choice([*[30 * DAY // 1000] * 6, 10, _value(chance, 1)]),
        chance.choice([*[_content(chance)] * 6, _value(chance, 3)]),
    ]
    payload = json.dumps(members[: chance.choice((4, 4, 4, 4, 4, 4, 3))]).encode()
    make = chance.choice((sign, seal))
    return make(payload, chance.choice((PROFILE, PROFILE, PROFILE, STICKY, STORED)))


def _content(chance: random.Random) -> Any:
    return [
        [
            chance.choice((0, 1, 60, 7200, _value(chance, 0))),
            *(
                part
                for _ in range(chance.randrange(4))
                for part in (chance.choice(IDS), _value(chance, 1 if chance.random() < 0.9 else 3))
            ),
        ]
        for _ in range(chance.randrange(4))
    ]


def _value(chance: random.Random, depth: int) -> Any:
    if depth == 0 or chance.random() < 0.6:
        return chance.choice(SCALARS)
    if chance.random() < 0.7:
        return [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {chance.choice(IDS): _value(chance, depth - 1) for _ in range(chance.randrange(3))}


def _random_bytes(whole: list[str], chance: random.Random) -> str:
    payload = chance.choice(
        [chance.randbytes(chance.randrange(200)), b"[" * chance.randrange(1200), letter(VISITOR, [])]
    )
    at = chance.randrange(len(payload) + 1)
    return sign(payload[:at] + chance.randbytes(chance.randrange(3)) + payload[at:])


def _random_text(whole: list[str], chance: random.Random) -> str:
    length = chance.choice((0, 10, 100, 2047, 2048, 2049, 8192))
    pattern = "".join(chance.choice(CHARACTERS) for _ in range(chance.randrange(1, 9)))
    return chance.choice(("", "1.", "1.k1.", "1s.k1.")) + (pattern * length)[:length]


def compare(texts: list[str]) -> list[tuple[str, str | None, str | None]]:
    """Those of which the hosts do not say the same: the text, Python's word, JavaScript's."""
    profiles = profiles_of(DOCUMENT)
    mine = [read_token(profiles, text, VISITOR, AT)["refused"] for text in texts]
    theirs = run_node([{"open": DOCUMENT}, {"tokens": texts, "pseudonym": VISITOR, "at": AT}])[1]["reasons"]
    return [(text, a, b) for text, a, b in zip(texts, mine, theirs, strict=True) if a != b]


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed, end = int(time.time()), time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < end:
        assert not (found := compare(hostile_tokens(5000, seed + rounds))), (seed + rounds, found[:3])
        rounds += 1
    print(f"{rounds * 5000:,} hostile tokens from seed {seed}: both hosts say the same of each")
