"""Writes TC strings and GPP strings: what a consent tool would write, for tables and tests. Vendor lists are empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from decision_engine.hosts.python.consent.gpp import LAYOUTS, US_NATIONAL

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NO_VENDORS = "0" * 17


def tc_string(
    created: int,
    purposes: Iterable[int],
    *,
    publisher: Iterable[int] | None = None,
    policy: int = 5,
    discloses: bool = True,
    restricted: Iterable[int] = (),
) -> str:
    """A TC string of version 2, created and updated at a time in ms UTC, with the purposes consented to.

    `publisher` are the purposes of the segment PublisherTC, None without one; `restricted` those that the publisher
    allows to vendor 1 not (restriction type 0).
    """
    date = _number(created // 100, 36)
    forbidden = list(restricted)
    restrictions = "".join(_number(one, 6) + "00" + _number(1, 12) + "0" + _number(1, 16) for one in forbidden)
    core = "".join(
        (
            _number(2, 6) + date + date,
            _number(31, 12) + _number(1, 12) + _number(1, 6) + _number(4, 6) + _number(13, 6),  # the tool; language EN
            _number(120, 12) + _number(policy, 6) + "10" + _number(0, 12),
            _mask(purposes) + _mask(()) + "0" + _number(3, 6) + _number(4, 6),  # country DE
            _NO_VENDORS + _NO_VENDORS,
            _number(len(forbidden), 12) + restrictions,
        )
    )
    segments = [core]
    if discloses:
        segments.append(_number(1, 3) + _NO_VENDORS)
    if publisher is not None:
        segments.append(_number(3, 3) + _mask(publisher) + _mask(()) + _number(0, 6))
    return ".".join(_base64(segment) for segment in segments)


def state_string(section: int, opt_outs: int, *, child: int = 0, gpc: bool | None = None) -> str:
    """A section of a state, 8 and up, with one value for all its opt-outs and one for its known children."""
    return _section(section, 1, opt_outs, child, gpc)


def national_string(opt_outs: int, *, child: int = 0, gpc: bool | None = None) -> str:
    """Section 7, version 2."""
    return _section(US_NATIONAL, 2, opt_outs, child, gpc)


def gpp_string(sections: Mapping[int, str]) -> str:
    """The sections' texts, by their numbers, behind a header."""
    numbers = sorted(sections)
    header = _number(3, 6) + _number(1, 6) + _number(len(numbers), 12)
    for before, number in zip([0, *numbers], numbers, strict=False):
        header += "0" + _fibonacci(number - before)
    return "~".join([_base64(header), *(sections[number] for number in numbers)])


def _section(section: int, version: int, opt_outs: int, child: int, gpc: bool | None) -> str:
    layout = LAYOUTS[section, version]
    fields = [0] * layout.fields
    for at in layout.opt_outs:
        fields[at] = opt_outs
    fields[layout.child : layout.child + layout.children] = [child] * layout.children
    core = _base64(_number(version, 6) + "".join(_number(field, 2) for field in fields))
    return core if gpc is None else f"{core}.{_base64('01' + str(int(gpc)))}"


def _mask(purposes: Iterable[int]) -> str:
    found = set(purposes)
    return "".join("1" if purpose in found else "0" for purpose in range(1, 25))


def _number(number: int, bits: int) -> str:
    return f"{number:0{bits}b}"


def _fibonacci(number: int) -> str:
    """The number as a sum of Fibonacci numbers, smallest first, and a one behind the last."""
    series = [1, 2]
    while series[-1] <= number:
        series.append(series[-1] + series[-2])
    bits = ""
    for one in reversed(series):
        bits += "1" if one <= number else "0"
        number -= one if one <= number else 0
    return bits.lstrip("0")[::-1] + "1"


def _base64(bits: str) -> str:
    padded = bits + "0" * (-len(bits) % 6)
    return "".join(_ALPHABET[int(padded[at : at + 6], 2)] for at in range(0, len(padded), 6))
