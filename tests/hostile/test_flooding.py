"""Keys made to collide, and lists made to be long: 256 keys are read, the next one is refused, and none takes long."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from infra.drills.corpora import colliding_keys
from tests.hostile.shared import DECIDE, FLAGS, PURPOSES, VIEWED, Ask, ask_both, document, post

pytestmark = pytest.mark.node

KINDS = range(5)
MOST_MS = 60
"""Of a whole request, on a busy machine; an attack by collisions would take seconds."""
ROOM = 65_000


@pytest.mark.parametrize("kind", KINDS)
def test_colliding_keys(kind: int) -> None:
    asked = list(_with_keys(kind, 250))
    VIEWED.clear()
    assert {answer.status for answer in ask_both(asked, MOST_MS)} == {200}
    assert len(VIEWED) >= 3, VIEWED


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_after_the_256th_is_refused(kind: int) -> None:
    bodies = [json.dumps(dict.fromkeys(colliding_keys(kind, count), 1)).encode() for count in (256, 257)]
    assert [answer.status for answer in ask_both([post(body) for body in bodies], MOST_MS)] == [200, 400]


def test_long_lists_and_long_headers() -> None:
    denied = [f"{number:x}" for number in range(8000)]
    lists = {
        "purposes that nobody knows": {"consent": {"denied": denied}},
        "the same purpose": {"consent": {"denied": [PURPOSES[0]] * 4500}},
        "no texts": {"consent": {"denied": [None] * 13_000}},
        "tags": {"profile": {"liked": [f"t{number}" for number in range(6000)]}},
        "one tag": {"profile": {"liked": ["t"] * 16_000}},
        "timestamps": {"timestamps": {f"session.number_{number}": "2026-11-21T00:00:00Z" for number in range(250)}},
        "decisions": {"decisions": ["unit"] * 9200},
        "unknown decisions": {"decisions": [f"d{number}" for number in range(7000)]},
        "a long text": {"session": {"toString": "x" * 60_000}},
    }
    bodies = {name: json.dumps(value, separators=(",", ":")).encode() for name, value in lists.items()}
    assert max(map(len, bodies.values())) <= ROOM + 500
    asked = [post(body) for body in bodies.values()]
    long = "a" * 10**6
    asked += [
        Ask(headers={"user-agent": long, "accept-language": long, "x-app-version": long, "cookie": long}),
        Ask(headers={"accept-language": "de," * 300_000, "cookie": "theme=x;" * 100_000}),
        Ask(headers={"accept-language": "a-" * 300_000, "cookie": "=" * 500_000}),
        Ask(headers={"accept-language": ";q=" * 200_000, "cookie": " " * 500_000}),
        Ask(headers={"cookie": "a" * 8000 + "theme=x"}),
        Ask(target=f"{DECIDE}?{'a=1&' * 100_000}"),
        Ask(target=f"{DECIDE}?{'&' * 500_000}"),
        Ask(target=f"{DECIDE}?campaign={'a' * 4000}"),
        Ask(target=f"{DECIDE}?campaign={'%61' * 100_000}"),
        Ask(target=f"{DECIDE}?interests={',' * 200_000}"),
        Ask(target=f"{DECIDE}?interests={'1.' * 100_000}"),
    ]
    statuses = [answer.status for answer in ask_both(asked, most_ms=120)]
    assert statuses[list(bodies).index("unknown decisions")] == 400
    assert statuses.count(200) == len(asked) - 1


def _with_keys(kind: int, count: int) -> Iterator[Ask]:
    """Each way in by which a visitor gives names."""
    names = colliding_keys(kind, count)
    keys = dict.fromkeys(names, 1)
    for group in ("session", "features", "timestamps", "units", "profile", "geo", "anything"):
        text = json.dumps({group: keys}, separators=(",", ":")).encode()
        yield post(text)
        yield document(text)
        yield document(json.dumps({group: dict.fromkeys(names[:60], 1)}, separators=(",", ":")).encode())
    yield post(json.dumps({"context": {"targetingKey": "v", **keys}}).encode(), FLAGS)
    yield Ask(target=f"{DECIDE}?{'&'.join(f'{quote(name)}=1' for name in names)}")
    yield Ask(headers={"cookie": ";".join(f"{name}=1" for name in names)})
    yield Ask(headers={"cookie": ";".join(f" {name} =1" for name in names)})
