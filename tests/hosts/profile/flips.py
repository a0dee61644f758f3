"""Changes every single bit of many tokens and sticky cookies, one at a time; none of the changed texts may count.

A thousand of each on both implementations: python -m tests.hosts.profile.flips [COUNT]
"""

import random
import sys
from typing import Any

from tests.hosts.profile.minting import (
    AT,
    DAY,
    SECRETS,
    STICKY,
    TABLE,
    VISITOR,
    feature_id,
    letter,
    seal,
    sign,
    text_of,
)
from tests.hosts.profile.shared import profiles_of, run_node

DOCUMENT: dict[str, Any] = {"table": TABLE, "keys": {name: text_of(secret) for name, secret in SECRETS.items()}}


def tokens(count: int, chance: random.Random) -> list[str]:
    """Good tokens, most of them signed and the others sealed."""
    found = []
    for _ in range(count):
        content = [[chance.randrange(10_000), feature_id("worth"), chance.randrange(10_000)]]
        payload = letter(VISITOR, content, issued=AT - chance.randrange(DAY))
        key = chance.choice(list(SECRETS))
        found.append(sign(payload, key=key) if chance.random() < 0.8 else seal(payload, key=key))
    return found


def cookies(count: int, chance: random.Random) -> list[str]:
    """Good sticky cookies."""
    return [
        sign(letter(VISITOR, ["hero_test", f"v{chance.randrange(100)}"], issued=AT - chance.randrange(DAY)), STICKY)
        for _ in range(count)
    ]


def flipped_in_python(texts: list[str], kind: str) -> tuple[int, int]:
    """(changed texts that are accepted, all changed texts)."""
    profiles = profiles_of(DOCUMENT)
    read = profiles.read_sticky if kind == "sticky" else profiles.read_token
    accepted = judged = 0
    for text in texts:
        assert read(text, VISITOR, AT) is not None
        for place, character in enumerate(text):
            for bit in range(8):
                changed = text[:place] + chr(ord(character) ^ 1 << bit) + text[place + 1 :]
                accepted += read(changed, VISITOR, AT) is not None
                judged += 1
    return accepted, judged


def flipped_in_javascript(texts: list[str], kind: str) -> tuple[int, int]:
    """The same."""
    (_, found) = run_node([{"open": DOCUMENT}, {"flips": texts, "read": kind, "pseudonym": VISITOR, "at": AT}])
    return found["accepted"], found["judged"]


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for name, made in (("token", tokens(number, random.Random(1))), ("sticky", cookies(number, random.Random(2)))):
        for host, run in (("Python", flipped_in_python), ("JavaScript", flipped_in_javascript)):
            accepted, judged = run(made, name)
            print(f"{name}, {host}: {accepted} of {judged:,} changed texts accepted")
