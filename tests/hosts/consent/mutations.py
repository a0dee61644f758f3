"""Alters consent strings at random, and finds those that grant what the whole string denies.

A million of them, on both implementations: python -m tests.hosts.consent.mutations [COUNT]
"""

import random
import sys
from collections.abc import Iterator
from typing import Any

from decision_engine.hosts.python.consent import Signals, decide_consent
from decision_engine.hosts.python.consent.tcf import read_tc
from infra.consent import AT, CONFIGURATION, gpp_string, national_string, state_string, tc_string
from tests.hosts.consent.oracle import ALPHABET, Holes, gpp_opts_out, tc_consents
from tests.hosts.consent.shared import load, mask, run_node

DAY = 86_400_000
NEEDS = ({1}, {5, 6}, {8})
PLACES = {"tcf": (("DE", None), ("US", "WY")), "gpp": (("US", None), ("DE", None))}
CHUNK = 50_000


def wholes() -> Iterator[tuple[str, str, int]]:
    """(signal, string, the time at which it counts): the official vectors, and strings that deny by one bit."""
    for case in load("tc.json"):
        if case["name"].startswith("vector"):
            string = read_tc(case["tc"])
            yield "tcf", case["tc"], AT if string is None else string.created + DAY
    for denied in (1, 5, 6, 8):
        allowed = {1, 5, 6, 8} - {denied}
        yield "tcf", tc_string(AT - DAY, {1, 5, 6, 8}, publisher=allowed), AT
        yield "tcf", tc_string(AT - DAY, {1, 5, 6, 8}, publisher={1, 5, 6, 8}, restricted=(denied,)), AT
    for case in load("gpp.json"):
        if case["name"].startswith("vector"):
            yield "gpp", case["gpp"], AT
    for section in range(8, 28):
        yield "gpp", gpp_string({7: national_string(2), section: state_string(section, 1, gpc=False)}), AT
        yield "gpp", gpp_string({section: state_string(section, 2, child=1)}), AT
    yield "gpp", gpp_string({6: "1YYN", 7: national_string(2)}), AT


def truncations(text: str) -> list[str]:
    return [text[:length] for length in range(len(text))]


def mutate(text: str, chance: random.Random) -> str:
    """One to three changes: characters of the alphabet and others, pieces cut, doubled, moved."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(text) + 1)
        until = min(len(text), at + chance.choice((1, 1, 1, 2, 8)))
        some = (
            chance.choice(ALPHABET) if chance.random() < 0.85 else chance.choice(".~=+/% \0\n\x7f\xe9\u0130\U0001f600")
        )
        match chance.randrange(6):
            case 0:
                text = text[:at] + some + text[until:]
            case 1:
                text = text[:at] + some + text[at:]
            case 2:
                text = text[:at] + text[until:]
            case 3:
                text = text[:until] + text[at:]
            case 4:
                text = text[until:] + text[at:until] + text[:at]
            case _:
                separator = chance.choice(".~")
                pieces = text.split(separator)
                chance.shuffle(pieces)
                text = separator.join(pieces[: chance.randrange(len(pieces)) + 1])
    return text


def says(signal: str, text: str) -> int:
    """What a string grants by itself, as the oracle reads it: a bit each purpose."""
    try:
        if signal == "gpp":
            return 0 if gpp_opts_out(text) else 7
        found = tc_consents(text)
    except Holes:
        return 0
    return sum((needed <= found) << index for index, needed in enumerate(NEEDS))


def offences(altered: list[tuple[str, str, int, list[str]]]) -> tuple[int, int]:
    """(altered strings that say more and are whole themselves, all judged); asserts that no others grant more.

    `altered` has the signal, the whole string, its time, and the altered ones.
    """
    operations: list[dict[str, Any]] = [
        {"grants": texts, "signal": signal, "at": at, "base": {"country": country, "region": region}}
        for signal, _, at, texts in altered
        for country, region in PLACES[signal]
    ]
    operations[0]["configuration"] = CONFIGURATION
    answers = iter(run_node(operations))
    others = judged = 0
    for signal, whole, at, texts in altered:
        for country, region in PLACES[signal]:
            base = Signals(country=country, region=region)
            allowed = mask(decide_consent(CONFIGURATION, base._replace(**{signal: whole}), at))
            for text, in_node in zip(texts, next(answers), strict=True):
                found = mask(decide_consent(CONFIGURATION, base._replace(**{signal: text}), at))
                assert found == in_node, (country, text)
                assert found & ~allowed & ~says(signal, text) == 0, (country, whole, text)
                others += found & ~allowed != 0
            judged += len(texts)
    return others, judged


def run(count: int, seed: int) -> tuple[int, int]:
    """(altered strings that are whole and say more, all altered strings judged)."""
    chance = random.Random(seed)
    strings = list(wholes())
    others = judged = 0
    while judged < count:
        each = max(1, min(count - judged, CHUNK) // len(strings) // 2)  # in two places each
        texts = [(signal, whole, at, [mutate(whole, chance) for _ in range(each)]) for signal, whole, at in strings]
        found, seen = offences(texts)
        others, judged = others + found, judged + seen
    return others, judged


if __name__ == "__main__":
    more, seen = run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, seed=1)
    print(f"{seen} altered strings judged on both; {more} of them are whole strings that say more; 0 others grant more")
