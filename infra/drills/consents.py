"""Drill of consent: receipts of others, old and forged ones, and strings that are cut or altered, grant nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from urllib.parse import quote

from decision_engine.hosts.python.consent import decide_consent
from decision_engine.hosts.python.consent.gate import Signals
from decision_engine.hosts.python.consent.receipts import Receipt, Refusal, read_receipt, write_receipt
from decision_engine.hosts.python.pseudonyms import pseudonym
from infra.consent import gpp_string, national_string, state_string, tc_string
from infra.drills.drill import Phase, Trial
from infra.drills.place import KEY_ID, KEYS, Place
from infra.drills.profiles import known_values, mint_for
from infra.drills.requests import DECIDE, STRICT, UNITED_STATES, Lines, as_python, at, get

SEED = 24
_DAY = 86_400_000
_VISITORS = 250
_MUTATED = 1_500
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PURPOSE = "personalisation"


def needs_gate(place: Place) -> str | None:
    """Why consent cannot be drilled."""
    if place.stage("gate") is None:
        return "the registry has no policy `consent` with a `gate`"
    if _PURPOSE not in _purposes(place) or place.cookie is None:
        return f"the registry has no purpose `{_PURPOSE}`, or names its visitors by no cookie"
    return None


def forged(place: Place) -> Iterator[Phase]:
    """Each visitor carries a token whose features show when they are read: only his own receipt lets them be."""
    yield Phase("receipts", list(_receipts(place)), share=0.5)
    cookies = place.stage("gate")["cookies"]
    trials = []
    for name, text, geo in strings(place):
        lines = _lines(place, "strings", {cookies[name]: text})
        trials.append(Trial(get(lines=at(geo, lines)), as_python(place, "GET", DECIDE, lines, geo=geo)))
    yield Phase("strings", trials, share=0.5)


def nothing_is_granted(place: Place) -> Iterable[str]:
    """The gate denies personalisation for each of the strings, and for receipts from before a withdrawal."""
    for name, text, geo in strings(place):
        if _grants(place, name, text, geo):
            yield f"the {name} string `{text}` grants {_PURPOSE} in {geo['country']}"
    whose = _pseudonym(place, "withdrawn")
    receipt = _receipt(place, "withdrawn", epoch=3)
    for epoch, refused in ((3, None), (4, Refusal.WITHDRAWN), (5, Refusal.WITHDRAWN)):
        found = read_receipt(receipt, {KEY_ID: KEYS[KEY_ID]}, whose, epoch, _now())
        if found.refused is not refused:
            yield f"a receipt of epoch 3 in epoch {epoch} is {found.refused or 'taken'}"


def strings(place: Place) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Strings that deny personalisation, all cut at every length, and many altered by a character or three."""
    source, now = Random(SEED), _now() // _DAY * _DAY
    wholes = list(_wholes(now))
    for name, whole, geo in wholes:
        for length in range(len(whole) + 1):
            yield name, whole[:length], dict(geo)
    for _ in range(_MUTATED):
        name, whole, geo = source.choice(wholes)
        text = list(whole)
        for _ in range(source.choice((1, 1, 3))):
            text[source.randrange(len(text))] = source.choice(_ALPHABET)
        if _grants(place, name, "".join(text), geo):
            continue  # as a whole it says so: it is another string, not a broken one
        yield name, "".join(text), dict(geo)


def _wholes(now: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    for granted in ((), (1,), (1, 8), (1, 5), (1, 6)):
        yield "tcf", tc_string(now - _DAY, granted, publisher=granted), dict(STRICT)
    everything = (1, 5, 6, 8)
    yield "tcf", tc_string(now - 400 * _DAY, everything, publisher=everything), dict(STRICT)
    yield "tcf", tc_string(now - _DAY, everything, publisher=everything, restricted=(5, 6)), dict(STRICT)
    yield "tcf", tc_string(now - _DAY, everything, publisher=everything, discloses=False), dict(STRICT)
    # Not the national section's children, nor the bit for GPC: cut before them, a string is sound and says another
    # thing (an older form of the section, a section without its last segment).
    yield "gpp", gpp_string({7: national_string(1)}), dict(UNITED_STATES)
    california = {"country": "US", "regionCode": "CA"}
    for text in (state_string(8, 1), state_string(8, 2, child=1)):
        yield "gpp", gpp_string({8: text}), california
        yield "gpp", gpp_string({7: national_string(2), 8: text}), california


def _grants(place: Place, name: str, text: str, geo: dict[str, str]) -> bool:
    signals = Signals(
        country=geo["country"],
        region=geo["regionCode"],
        tcf=text if name == "tcf" else None,
        gpp=text if name == "gpp" else None,
    )
    return _PURPOSE not in decide_consent(place.stage("gate")["configuration"], signals, _now()).denied


def _receipts(place: Place) -> Iterator[Trial]:
    source = Random(SEED)
    name = place.stage("gate")["cookies"]["receipt"]
    everything = Receipt(frozenset(_purposes(place)))
    has_profile = place.stage("profile") is not None
    for number in range(_VISITORS):
        yield Trial(get(lines=at(STRICT)), as_python(place, "GET", DECIDE, geo=STRICT))  # no consent, and so no cookie
        visitor = f"consenting-{number}"
        lines = _lines(place, visitor, {name: _receipt(place, visitor)})
        features = known_values(place) if has_profile else None
        granted = as_python(place, "GET", DECIDE, lines, geo=STRICT, features=features, receipt=everything)
        yield Trial(get(lines=at(STRICT, lines)), granted)
        for text in _refused(place, visitor, source):
            lines = _lines(place, visitor, {name: text})
            yield Trial(get(lines=at(STRICT, lines)), as_python(place, "GET", DECIDE, lines, geo=STRICT))


def _refused(place: Place, visitor: str, source: Random) -> Sequence[str]:
    own = _receipt(place, visitor)
    few = _receipt(place, visitor, purposes=())
    position = source.randrange(len(own))
    altered = own[:position] + source.choice(_ALPHABET.replace(own[position], "")) + own[position + 1 :]
    widened = few.split(".")
    widened[4] = _PURPOSE
    return (
        _receipt(place, f"{visitor}-other"),
        _receipt(place, visitor, expires=_now() // 1_000 - 60),
        _receipt(place, visitor, key=bytes(32)),
        _receipt(place, visitor, key_id="other"),
        few,
        ".".join(widened),
        altered,
        own[:-1],
        f"{own}.{own}",
        "",
    )


def _receipt(
    place: Place,
    visitor: str,
    *,
    purposes: Sequence[str] | None = None,
    expires: int | None = None,
    epoch: int = 1,
    key_id: str = KEY_ID,
    key: bytes = KEYS[KEY_ID],
) -> str:
    return write_receipt(
        key_id,
        key,
        _pseudonym(place, visitor),
        _purposes(place) if purposes is None else purposes,
        epoch=epoch,
        expires=_now() // 1_000 + 86_400 if expires is None else expires,
    )


def _lines(place: Place, visitor: str, more: dict[str, str]) -> Lines:
    pairs = {str(place.cookie): visitor, **more}
    if place.stage("profile") is not None and place.stage("profile")["cookie"] is not None:
        pairs[place.stage("profile")["cookie"]] = mint_for(place, visitor)
    return [(b"cookie", "; ".join(f"{name}={quote(text, safe='.+~')}" for name, text in pairs.items()).encode())]


def _purposes(place: Place) -> list[str]:
    return [rule["name"] for rule in place.stage("gate")["configuration"]["purposes"]]


def _pseudonym(place: Place, visitor: str) -> str:
    profile = place.stage("profile")
    return pseudonym(KEYS["pseudonym"], "edgewise" if profile is None else profile["tenant"], visitor)


def _now() -> int:
    return time.time_ns() // 1_000_000
