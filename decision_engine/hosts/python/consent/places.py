"""Which rule holds where a visitor is; unknown places have the strictest."""

from __future__ import annotations

from typing import TypedDict

UNKNOWN = "unknown"
ELSEWHERE = "elsewhere"


class Place(TypedDict):
    """The rule of a place. `regime` is `opt_in` or `opt_out`.

    `sections` are numbers of the GPP's sections, in lists: of each list the first one that a string has counts.
    Before `since` (ms UTC) the next wider place's rule holds.
    """

    regime: str
    sections: list[list[int]]
    since: int


def find_place(places: dict[str, Place], country: str | None, region: str | None, at: int) -> tuple[str, Place]:
    """The name and the rule of the narrowest place known: `US-CA`, then `US-*` (any other region), `US`, `elsewhere`.

    `country` and `region` are as the platform's geo headers have them, ISO 3166; other texts and None are unknown.
    """
    if not _is_code(country, 2, 2):
        return UNKNOWN, places[UNKNOWN]
    names = [f"{country}-{region}", f"{country}-*"] if _is_code(region, 1, 3) else []
    for name in [*names, str(country)]:
        place = places.get(name)
        if place is not None and at >= place["since"]:
            return name, place
    return (UNKNOWN, places[UNKNOWN]) if country in _NO_COUNTRIES else (ELSEWHERE, places[ELSEWHERE])


_NO_COUNTRIES = ("XX", "T1", "ZZ", "A1", "A2", "AP", "EU")
"""What geo headers have where a country is not known: anonymous networks, proxies, satellites, whole continents."""


def _is_code(text: str | None, shortest: int, longest: int) -> bool:
    return (
        isinstance(text, str)
        and shortest <= len(text) <= longest
        and text.isascii()
        and text.isalnum()
        and text == text.upper()
    )
