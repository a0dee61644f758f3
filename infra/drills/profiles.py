"""Drills of what is known of visitors: a failing KV, a thousand cold requests at once, tampered tokens and cookies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import count
from random import Random

from decision_engine.hosts.python.profile import Profiles
from decision_engine.hosts.python.pseudonyms import pseudonym
from decision_engine.profiles import Known as Learned
from decision_engine.profiles import SigningKey, mint_sticky, mint_stored, mint_token, stored_key
from infra.drills.checking import Check, Fault
from infra.drills.client import Reply, exchange
from infra.drills.drill import Phase, Trial
from infra.drills.place import KEY_ID, KEYS, Place
from infra.drills.requests import DECIDE, Lines, alternative, as_python, at, get

COLD = 1_000
BURSTS = 8
MOST_ASKED = 5
BURST_MS = 750.0
"""A thousand requests that wait are a thousand continuations on one thread, one behind the other."""

KEY = SigningKey(KEY_ID, KEYS[KEY_ID])
SEED = 22
_VISITORS = 3_000
_SLACK_MS = 20.0
_TOKENS = {True: 1_000, False: 30}
_FAULTS: Mapping[str, Mapping[str, object]] = {
    "nothing there": {"mode": "miss"},
    "an error": {"mode": "error"},
    "down": {"mode": "down"},
    "half a value": {"mode": "partial"},
    "garbage": {"mode": "garbage"},
    "50 ms late": {"mode": "ok", "delay": 50},
    "200 ms late": {"mode": "ok", "delay": 200},
    "1 s late": {"mode": "ok", "delay": 1_000},
    "never answering": {"mode": "hang"},
}
_numbers = count()


def needs_store(place: Place) -> str | None:
    """Why the KV cannot be drilled."""
    profile = place.stage("profile")
    if profile is None or profile["store"] is None:
        return "the registry has no policy `profile` with a `store`"
    return _needs_visitors(place)


def needs_tokens(place: Place) -> str | None:
    """Why tokens cannot be drilled."""
    profile = place.stage("profile")
    if profile is None or profile["cookie"] is None:
        return "the registry has no policy `profile` with a `cookie`"
    return _needs_visitors(place)


def failing_kv(place: Place) -> Iterator[Phase]:
    """Each way to fail, with visitors who have never been seen; then visitors who are in memory while it fails."""
    timeout = float(place.stage("profile")["store"]["timeout"])
    for name, how in _FAULTS.items():
        visitors = _new_visitors(200)
        values = {stored_key(_pseudonym(place, visitor)): _stored(place, visitor) for visitor in visitors}
        trials = [_view(place, visitor, _either(place, visitor)) for visitor in (*visitors, *_new_visitors(_VISITORS))]
        yield Phase(
            name,
            trials,
            enter=_telling(place, values, how),
            added_ms=timeout + _SLACK_MS,
            share=0.09,
        )
    forged = _new_visitors(200)
    texts = {stored_key(_pseudonym(place, visitor)): _stored(place, f"{visitor}-other") for visitor in forged}
    trials = [_view(place, visitor, _expected(place, visitor, None)) for visitor in forged]
    yield Phase("another visitor's value", trials, enter=_telling(place, texts, {}), share=0.09)
    yield _remembered(place)


def cold(place: Place) -> Iterator[Phase]:
    """A thousand requests at once of a visitor nobody knows yet: the KV is asked once. They are held to a thousand at
    once of a visitor who is in memory, so that what shows is the wait for the KV."""
    for burst in range(BURSTS):
        visitor, known = _new_visitors(2)
        values = {stored_key(_pseudonym(place, one)): _stored(place, one) for one in (visitor, known)}
        usual = [_view(place, known, place.checker.decided())]
        yield Phase(
            f"burst {burst + 1}",
            [_view(place, visitor, _either(place, visitor))],
            enter=partial(_warmed, place, _telling(place, values, {"mode": "ok", "delay": 5}), usual),
            leave=partial(_asked_once, place),
            added_ms=BURST_MS,
            connections=COLD,
            usual=usual,
        )


def tampered(place: Place) -> Iterator[Phase]:
    """Tokens with a bit flipped, of others, of unknown keys, too old, cut: each as if there were none."""
    trials = []
    source = Random(SEED)
    for visitor in _new_visitors(300):
        token = _token(place, visitor)
        trials.append(_view(place, visitor, _expected(place, visitor, known_values(place)), token))
        for text in (
            *_flipped(token, source, 8),
            _token(place, f"{visitor}-other"),
            token[:-1],
            *_foreign(place, visitor),
        ):
            trials.append(_view(place, visitor, _expected(place, visitor, None), text))
    yield Phase("tampered tokens", trials, share=0.6)
    if place.stage("profile")["sticky"] is not None and place.registry.experiments:
        yield _sticky_phase(place, source)


def _sticky_phase(place: Place, source: Random) -> Phase:
    """Visitors with a sticky cookie that is not sound, assigned by hash as without one; and some whose cookie is sound,
    so that it is seen to count."""
    kept: list[str] = []
    trials = []
    for number, visitor in enumerate(_new_visitors(200)):
        own, by_hash = _sticky(place, visitor), _expected(place, visitor, None)
        texts = (*_flipped(own, source, 6), _sticky(place, f"{visitor}-other"), own[:-1], "")
        trials += [_view(place, visitor, by_hash, text, "sticky") for text in texts]
        if number % 4 == 0:
            trials.append(_view(place, visitor, _noting(place, by_hash, kept, visitor), own, "sticky"))

    def leave() -> Iterable[str]:
        return [] if kept else ["no visitor kept a variation of a sound sticky cookie"]

    return Phase("tampered sticky cookies", trials, leave=leave, share=0.4)


def _noting(place: Place, by_hash: Check, kept: list[str], visitor: str) -> Check:
    """The check of any valid answer; it notes a visitor who is not shown what the hash says."""

    def check(reply: Reply) -> Fault | None:
        if by_hash(reply) is not None:
            kept.append(visitor)
        return place.checker.decided()(reply)

    return check


def _sticky(place: Place, visitor: str) -> str:
    """A sound cookie that keeps the visitor in the last variation of every experiment."""
    chosen = {name: list(one.variations)[-1] for name, one in list(place.registry.experiments.items())[:8]}
    now = time.time_ns() // 1_000_000
    return mint_sticky(place.registry, KEY, _pseudonym(place, visitor), chosen, at=now)


def flips(place: Place) -> Iterable[str]:
    """Every single-bit flip of sticky cookies and tokens: none is taken (1,000 of each in a full run)."""
    now = time.time_ns() // 1_000_000
    table = place.stage("profile")
    profiles = Profiles(table, {KEY.id: KEY.secret})
    for number in range(_TOKENS[place.is_thorough]):
        whose = _pseudonym(place, f"flips-{number}")
        texts: list[tuple[str, Callable[[str, str, int], object]]] = []
        if table["sticky"] is not None and place.registry.experiments:
            sticky = _sticky(place, f"flips-{number}")
            texts.append((sticky, profiles.read_sticky))
        if number % 20 == 0:
            texts.append((_token(place, f"flips-{number}"), profiles.read_token))
        for text, read in texts:
            if read(text, whose, now) is None:
                yield "a sound text was refused"
            for flipped in _all_flips(text):
                if read(flipped, whose, now) is not None:
                    yield f"`{flipped}` was taken for `{text}`"


def known_values(place: Place) -> dict[str, object]:
    """A value for each feature of the policy: the last of its list, or what its type has."""
    found: dict[str, object] = {}
    features = {feature["name"]: feature for feature in place.tables["features"]}
    for name in (name for group in _groups(place).values() for name in group):
        feature = features.get(name)
        if feature is None:  # no decision reads it
            continue
        last = feature["values"][-1] if feature["values"] else "x"
        made: Mapping[str, object] = {"bool": True, "number": feature["low"] or 1, "tags": [last], "version": "1.2.3"}
        found[name] = made.get(feature["type"], last)
    return found


def _warmed(place: Place, tell: Callable[[], None], usual: list[Trial]) -> None:
    tell()
    exchange(place.port, [usual[0].request] * 200, 4)


def _asked_once(place: Place) -> Iterable[str]:
    """One question for the visitor and one for him who was there before. On a busy machine a question may run into its
    timeout, and then the next request asks again: still a handful, not a thousand."""
    asked = place.neighbours.counts()["kv"] - 1
    return [] if 1 <= asked <= MOST_ASKED else [f"expected one question to the KV, found {asked}"]


def mint_for(place: Place, visitor: str) -> str:
    """A sound token for a visitor."""
    return _token(place, visitor)


def _remembered(place: Place) -> Phase:
    visitors = _new_visitors(100)
    values = {stored_key(_pseudonym(place, visitor)): _stored(place, visitor) for visitor in visitors}
    trials = [_view(place, visitor, _expected(place, visitor, known_values(place))) for visitor in visitors]

    def warm() -> None:
        _telling(place, values, {})()
        exchange(place.port, [trial.request for trial in trials], 4)
        time.sleep(0.1)
        exchange(place.port, [trial.request for trial in trials], 4)
        place.neighbours.tell(kv={"mode": "error"})

    return Phase("an error, with visitors in memory", trials, enter=warm, share=0.1)


def _telling(place: Place, values: Mapping[str, str], how: Mapping[str, object]) -> Callable[[], None]:
    """Begin with a worker that has seen nothing, and a KV that behaves so."""

    def tell() -> None:
        place.restart()
        place.neighbours.tell(kv={**how, "values": dict(values)})

    return tell


def _view(place: Place, visitor: str, check: Check, text: str | None = None, kind: str = "token") -> Trial:
    return Trial(get(lines=at(place.free, _cookies(place, visitor, text, kind))), check)


def _cookies(place: Place, visitor: str, text: str | None = None, kind: str = "token") -> Lines:
    profile = place.stage("profile")
    name = profile["sticky"]["cookie"] if kind == "sticky" else profile["cookie"]
    pairs = [f"{place.cookie}={visitor}"] + ([] if text is None else [f"{name}={text}"])
    return [(b"cookie", "; ".join(pairs).encode("latin-1"))]


def _expected(place: Place, visitor: str, features: Mapping[str, object] | None) -> Check:
    return as_python(place, "GET", DECIDE, _cookies(place, visitor), geo=place.free, features=features)


def _either(place: Place, visitor: str) -> Check:
    """As if the value were known, or as if it were not: which one depends on when it came."""
    return alternative(_expected(place, visitor, None), _expected(place, visitor, known_values(place)))


def _token(place: Place, visitor: str, key: SigningKey = KEY, age: int = 0) -> str:
    now = time.time_ns() // 1_000_000 - age
    whose = _pseudonym(place, visitor)
    return mint_token(place.registry, key, whose, _learned(place, now), granted=_purposes(place), at=now).text


def _stored(place: Place, visitor: str) -> str:
    now = time.time_ns() // 1_000_000
    whose = _pseudonym(place, visitor)
    return mint_stored(place.registry, KEY, whose, _learned(place, now), granted=_purposes(place), at=now).text


def _foreign(place: Place, visitor: str) -> Iterator[str]:
    yield _token(place, visitor, SigningKey("other", KEY.secret))
    yield _token(place, visitor, SigningKey(KEY_ID, bytes(32)))
    yield _token(place, visitor, age=int(place.stage("profile")["max_age"]) + 1_000)
    yield ""
    yield "." * 8


def _learned(place: Place, now: int) -> Learned:
    return Learned(known_values(place), dict.fromkeys(_groups(place), now))


def _groups(place: Place) -> dict[str, list[str]]:
    policy = place.registry.policies.profile
    assert policy is not None, "asked by what the drill needs"
    return {name: list(group.features) for name, group in policy.groups.items()}


def _purposes(place: Place) -> list[str]:
    consent = place.registry.policies.consent
    return [] if consent is None else list(consent.purposes)


def _pseudonym(place: Place, visitor: str) -> str:
    return pseudonym(KEYS["pseudonym"], place.stage("profile")["tenant"], visitor)


def _new_visitors(number: int) -> list[str]:
    return [f"drilled-{next(_numbers):08}" for _ in range(number)]


def _flipped(text: str, source: Random, number: int) -> Iterator[str]:
    """The text with one bit flipped somewhere, where it is still a text that a cookie can hold."""
    allowed = [flipped for flipped in _all_flips(text) if flipped.isascii() and flipped.isprintable()]
    harmless = [flipped for flipped in allowed if not set(flipped) & set('";, \\%')]
    yield from source.sample(harmless, number)


def _all_flips(text: str) -> Iterator[str]:
    for place, character in enumerate(text):
        for bit in range(8):
            yield text[:place] + chr(ord(character) ^ 1 << bit) + text[place + 1 :]


def _needs_visitors(place: Place) -> str | None:
    return None if place.cookie is not None else "the registry names its visitors by no cookie"
