"""Who comes: the visitor's id by his cookie, and the pseudonym that it goes by."""

from __future__ import annotations

from ..cookies import read_cookies
from ..encode import is_unit
from ..pseudonyms import pseudonym
from ..tables import Tables

_TENANT = "edgewise"


class Visitors:
    """Names the visitors of one shop."""

    def __init__(self, tables: Tables, key: bytes | None) -> None:
        self._identity = tables["identity"]
        self._tenant: str = ((tables.get("service") or {}).get("profile") or {}).get("tenant", _TENANT)
        self._key = key

    def pseudonym_of(self, cookie: str) -> str | None:
        """The pseudonym of who sends a header `cookie`; None where it names nobody, and without a key."""
        if self._identity is None or self._key is None:
            return None
        visitor = read_cookies(cookie).get(self._identity["cookie"])
        return pseudonym(self._key, self._tenant, visitor) if visitor is not None and is_unit(visitor) else None
