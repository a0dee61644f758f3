"""What is known of a visitor before he says anything: his profile, from a token that he brings or from the edge's KV.

Nothing here raises, and nothing makes a request fail: a token or an entry that does not count is ignored, and counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from ..strict_json import parse
from .cache import Cache
from .content import Content, content_reader, merge_values, profile_maker
from .counters import Counters
from .envelope import PROFILE, STICKY, STORED, Letter, Refusal, Unseal, is_pseudonym, open_envelope, refusal_of
from .sticky import read_assignments
from .stored import Found, Kv, Store
from .tables import Profile, ProfileTable

MOST_TOKENS = 2000
"""Tokens whose verification is remembered."""
KEY_PREFIX = "profile/"
TOP_KEY = "profile/top"
LONGEST_TOP = 32_768


class _Opened(NamedTuple):
    letter: Letter
    content: Content
    profile: Profile


class _Sticky(NamedTuple):
    letter: Letter
    variations: Mapping[str, str]


_T = TypeVar("_T", _Opened, _Sticky)


class Profiles:
    """The profiles of a program. `secrets` are the keys that may sign, by id; `unseal` opens what is sealed."""

    def __init__(
        self,
        table: ProfileTable,
        secrets: Mapping[str, bytes],
        *,
        kv: Kv | None = None,
        unseal: Unseal | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counters = Counters()
        self._table, self._secrets, self._unseal = table, secrets, unseal
        self._content, self._make = content_reader(table), profile_maker(table)
        self._tokens: Cache[_Opened] = Cache(MOST_TOKENS)
        self._assignments: Cache[_Sticky] = Cache(MOST_TOKENS)
        self._kv = kv
        self._store: Store[_Opened] | None = None
        if kv is not None and table["store"] is not None:
            self._store = Store(table["store"], kv, self._open_stored, self.counters, monotonic)

    def read_token(self, text: str, pseudonym: str, at: int) -> Profile | None:
        """The profile in a token, for the visitor with the pseudonym at `at` (ms UTC)."""
        token = self._open_token(text, pseudonym, at)
        return None if token is None else token.profile

    def read_stored(self, pseudonym: str, at: int, budget: float) -> Profile | None:
        """The visitor's profile in the KV; it waits at most `budget` ms."""
        if self._store is None:
            return None
        found = self._store.read(KEY_PREFIX + pseudonym, at, budget)
        return None if found is None or found.value is None else found.value.profile

    def read(self, text: str | None, pseudonym: str, at: int, budget: float) -> Profile | None:
        """Both lanes: a token younger than copies of its groups may be, alone; else the KV's newer values too."""
        token = None if text is None else self._open_token(text, pseudonym, at)
        if self._store is None or (token is not None and at < token.letter.issued + token.content.ttl):
            return None if token is None else token.profile
        found = self._store.read(KEY_PREFIX + pseudonym, at, budget)
        if found is None or found.value is None:
            return None if token is None else token.profile
        if token is None:
            return found.value.profile
        return self._make(merge_values(token.content.values, found.value.content.values))

    def read_sticky(self, text: str, pseudonym: str, at: int) -> Mapping[str, str] | None:
        """The variations that a visitor keeps, by experiment; without them he is assigned by hash."""
        table = self._table["sticky"]
        if table is None:
            return None
        sticky = self._assignments.take(text) if len(text) <= STICKY.longest else None
        if sticky is None:
            letter = open_envelope(text, STICKY, self._secrets, self._unseal)
            if isinstance(letter, Refusal):
                self.counters.add(letter)
                return None
            variations = read_assignments(letter.content)
            if variations is None:
                self.counters.add(Refusal.UNREADABLE)
                return None
            sticky = _Sticky(letter, variations)
            self._assignments.put(text, sticky)
        admitted = self._admit(sticky, pseudonym, at, table["max_age"])
        return None if admitted is None else admitted.variations

    def warm(self, pseudonyms: Iterable[str], at: int) -> int:
        """Ask the KV for visitors who will come; how many it knows."""
        if self._store is None:
            return 0
        return self._store.warm((KEY_PREFIX + pseudonym for pseudonym in pseudonyms), at)

    def warm_top(self, at: int) -> int:
        """The same for those that the KV's entry `profile/top` lists; the list needs no signature."""
        store = self._table["store"]
        if self._store is None or self._kv is None or store is None or store["warm"] == 0:
            return 0
        try:
            text = self._kv.get(TOP_KEY, store["timeout"] / 1000)
            listed = parse(text.encode()) if isinstance(text, str) and len(text) <= LONGEST_TOP else []
        except Exception:  # the border: whatever the KV's client raises, or its text is, nobody is listed
            self.counters.add("failed")
            return 0
        names = [str(one) for one in listed if is_pseudonym(one)] if isinstance(listed, list) else []
        return self.warm(names[: store["warm"]], at)

    def _open_token(self, text: str, pseudonym: str, at: int) -> _Opened | None:
        token = self._tokens.take(text) if len(text) <= PROFILE.longest else None
        if token is not None:
            self.counters.add("remembered")
            return self._admit(token, pseudonym, at, self._table["max_age"])
        letter = open_envelope(text, PROFILE, self._secrets, self._unseal)
        if isinstance(letter, Refusal):
            self.counters.add(letter)
            return None
        content = self._content(letter.content, letter.issued)
        if content is None:
            self.counters.add(Refusal.UNREADABLE)
            return None
        self.counters.add("verified")
        self.counters.add("unknown-values", content.unknown)
        token = _Opened(letter, content, self._make(content.values))
        self._tokens.put(text, token)
        return self._admit(token, pseudonym, at, self._table["max_age"])

    def _open_stored(self, text: str, key: str, at: int) -> Found[_Opened] | None:
        letter = open_envelope(text, STORED, self._secrets, self._unseal)
        if isinstance(letter, Refusal):
            self.counters.add(letter)
            return None
        refusal = refusal_of(letter, key.removeprefix(KEY_PREFIX), at)
        if refusal is not None:
            self.counters.add(refusal)
            return None
        content = self._content(letter.content, letter.issued)
        if content is None:
            self.counters.add(Refusal.UNREADABLE)
            return None
        self.counters.add("unknown-values", content.unknown)
        opened = _Opened(letter, content, self._make(content.values))
        return Found(opened, content.ttl, letter.issued, letter.expires)

    def _admit(self, opened: _T, pseudonym: str, at: int, longest: int) -> _T | None:
        """Whose it is, and whether it is still good, is asked every time."""
        refusal = refusal_of(opened.letter, pseudonym, at, longest)
        if refusal is None:
            return opened
        self.counters.add(refusal)
        return None
