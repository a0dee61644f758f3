"""The stages around the host, each made of its own table: functions of the trail; one that fails leaves it as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import NamedTuple, Protocol, TypeAlias

from ..consent import GateTable, Outcome, Receipt, find_cookies, gate_request, read_receipt
from ..consent.gate import Ruling, State
from ..cookies import read_cookies
from ..messages import Known
from ..profile import Profiles
from ..profile.tables import ProfileTable
from .identity import Visitors
from .keys import Keys
from .trail import Trail

Run: TypeAlias = Callable[[Trail], None]
Count: TypeAlias = Callable[[], Mapping[str, int]]
"""What a stage has counted since the start."""


class Stage(NamedTuple):
    """A stage by its name; `failed` puts in what is safe when `run` raises, `begin` comes before all stages."""

    name: str
    run: Run
    failed: Run | None = None
    begin: Run | None = None


class Standing(NamedTuple):
    """What is known of a visitor's withdrawals: `erased` or `killed`, and the least consent epoch that counts."""

    stopped: str | None = None
    epoch: int = 0


class StandingOf(Protocol):
    """Asks for what is known of a visitor's withdrawals."""

    def __call__(self, pseudonym: str, at: int) -> Standing:
        """The standing of the visitor with a pseudonym at a time in ms UTC."""


def gate_stage(
    table: GateTable, keys: Keys, visitors: Visitors, standing_of: StandingOf | None, *, killed: bool
) -> Stage:
    """What a visitor allows, by his signals and his receipt."""
    receipt_cookie = table["cookies"]["receipt"]
    everyone = Standing("killed" if killed else None)

    def rule(trail: Trail) -> None:
        http = trail.http
        text = find_cookies(trail.cookie, {receipt_cookie}).get(receipt_cookie)
        needs_name = text is not None or (standing_of is not None and not killed)
        name = visitors.pseudonym_of(trail.cookie) if needs_name else None
        standing = everyone if name is None or standing_of is None or killed else standing_of(name, http.at)
        receipt = None if text is None else _receipt(text, keys, name, standing.epoch, http.at)
        gpc = http.headers.get("sec-gpc")
        outcome = gate_request(
            table,
            {"geo": http.geo, "cookie": trail.cookie, "gpc": gpc},
            http.at,
            receipt=receipt,
            stopped=standing.stopped,
        )
        _put(trail, outcome)

    def fail(trail: Trail) -> None:
        purposes = [purpose["name"] for purpose in table["configuration"]["purposes"]]
        rulings = tuple(Ruling(name, State.UNKNOWN, allowed=False, basis="failed") for name in purposes)
        _put(trail, Outcome("unknown", "opt_in", rulings))

    return Stage("gate", rule, fail)


def profile_stage(
    table: ProfileTable, profiles: Profiles, visitors: Visitors, counters: MutableMapping[str, Count]
) -> Stage:
    """What a verified token, or the edge's KV, says of a visitor who allows storage."""
    counters["profile"] = profiles.counters.as_dict

    def look_up(trail: Trail) -> None:
        if not trail.known.may_store:
            return
        text = _token(table, trail)
        if text is None and table["store"] is None:
            return
        name = visitors.pseudonym_of(trail.cookie)
        if name is None:
            return
        profile = profiles.read(text, name, trail.http.at, float("inf"))
        if profile is not None:
            denied, may_store = trail.known.denied, trail.known.may_store
            trail.known = Known(denied, may_store, profile.features, profile.timestamps)

    return Stage("profile", look_up)


def _put(trail: Trail, outcome: Outcome) -> None:
    trail.gate = outcome
    trail.known = Known(outcome.denied, "storage" not in outcome.denied)


def _receipt(text: str, keys: Keys, pseudonym: str | None, epoch: int, at: int) -> Receipt:
    """A visitor without a name, and one whom nobody can name for want of a key, has no receipt that could be his."""
    return read_receipt(text, {} if pseudonym is None else keys.signing, pseudonym or "", epoch, at)


def _token(table: ProfileTable, trail: Trail) -> str | None:
    """The header wins over the cookie: a page's own code sends it on purpose."""
    header, cookie = table["header"], table["cookie"]
    sent = None if header is None else trail.http.headers.get(header)
    if sent is not None or cookie is None:
        return sent
    return read_cookies(trail.cookie).get(cookie)
