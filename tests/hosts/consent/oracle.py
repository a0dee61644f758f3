"""What a consent string says, read in the plainest way: a text of zeros and ones, field after field.

Written apart from the product's decoders, to judge strings that were altered at random.
"""

from collections.abc import Iterator

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
COUNTS = {  # section -> fields before the opt-outs, opt-outs, then fields before the children, children, fields behind
    8: (3, 2, 9, 2, 4),
    9: (3, 2, 8, 1, 3),
    10: (3, 2, 7, 1, 3),
    11: (4, 2, 8, 1, 3),
    12: (3, 2, 8, 3, 3),
    13: (3, 2, 8, 3, 4),
    14: (3, 2, 8, 3, 4),
    15: (3, 2, 11, 3, 4),
    16: (3, 2, 8, 1, 4),
    17: (3, 2, 9, 5, 4),
    18: (4, 2, 8, 1, 3),
    19: (3, 2, 8, 1, 4),
    20: (3, 2, 8, 3, 4),
    21: (3, 2, 10, 5, 4),
    22: (3, 2, 8, 1, 4),
    23: (3, 2, 8, 1, 4),
    24: (5, 2, 0, 0, 1),
    25: (5, 2, 0, 1, 1),
    26: (5, 2, 0, 1, 1),
    27: (5, 2, 0, 1, 1),
}


class Holes(Exception):
    """The string is not whole."""


def bits_of(text: str) -> str:
    stripped = text[:-2] if text.endswith("==") else text[:-1] if text.endswith("=") else text
    if not stripped or any(one not in ALPHABET for one in stripped):
        raise Holes
    return "".join(f"{ALPHABET.index(one):06b}" for one in stripped)


class Reader:
    """Takes fields off the front of a text of zeros and ones."""

    def __init__(self, bits: str) -> None:
        self.rest = bits

    def take(self, count: int) -> str:
        if count > len(self.rest):
            raise Holes
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, count: int) -> int:
        return int(self.take(count), 2) if count else 0

    def ranges(self) -> None:
        for _ in range(self.number(12)):
            is_range = self.take(1) == "1"
            first = self.number(16)
            if is_range and self.number(16) < first:
                raise Holes

    def vendors(self) -> None:
        highest = self.number(16)
        if self.take(1) == "1":
            self.ranges()
        else:
            self.take(highest)

    def end(self) -> None:
        if "1" in self.rest:
            raise Holes


def tc_consents(text: str) -> set[int]:
    """The purposes that the publisher has consent for and does not restrict; the date is not looked at."""
    if len(text) > 4096 or not text.isascii():
        raise Holes
    segments = text.split(".")
    reader = Reader(bits_of(segments[0]))
    if reader.number(6) != 2:
        raise Holes
    created = 100 * reader.number(36)
    reader.take(36 + 12 + 12 + 6 + 12 + 12)
    policy = reader.number(6)
    reader.take(14)
    reader.take(24 + 24 + 13)
    reader.vendors()
    reader.vendors()
    restricted = set()
    for _ in range(reader.number(12)):
        purpose, kind = reader.number(6), reader.number(2)
        reader.ranges()
        if kind == 0:
            restricted.add(purpose)
    reader.end()
    others = [(reading.number(3), reading) for reading in (Reader(bits_of(one)) for one in segments[1:])]
    kinds = [kind for kind, _ in others]
    if len(set(kinds)) != len(kinds) or not set(kinds) <= {1, 2, 3}:
        raise Holes
    consents: set[int] = set()
    for kind, reading in others:
        if kind == 3:
            consents = {number for number, bit in enumerate(reading.take(24), 1) if bit == "1"}
            reading.take(24)
            reading.take(2 * reading.number(6))
        else:
            reading.vendors()
        reading.end()
    if created > 1696032000000 and policy < 4:
        return set()
    if created > 1772236800000 and 1 not in kinds:
        return set()
    return consents - restricted


def us_opts_out(section: int, text: str) -> bool:
    """Whether a section opts out, has a known child or the GPC bit."""
    core, *others = text.split(".")
    bits = Reader(bits_of(core))
    version = bits.number(6)
    if section == 7:
        counts = (6, 3, 12, 2, 4) if len(core) <= 11 else (6, 3, 16, 3, 4)
    else:
        counts = COUNTS[section]
    if version != 1 and (section, version) != (7, 2):
        raise Holes
    before, outs, between, children, behind = counts
    bits.take(2 * before)
    opted = [bits.number(2) for _ in range(outs)]
    bits.take(2 * between)
    known = [bits.number(2) for _ in range(children)]
    bits.take(2 * behind)
    gpc = any(_gpc(section, one) for one in others)
    if len(others) > 2:
        raise Holes
    return gpc or 1 in opted or 3 in opted or any(known)


def gpp_sections(text: str) -> dict[int, str]:
    if len(text) > 4096 or not text.isascii():
        raise Holes
    header, *sections = text.split("~")
    reader = Reader(bits_of(header))
    if reader.take(12) != "000011000001":
        raise Holes
    numbers: list[int] = []
    last = 0
    for _ in range(reader.number(12)):
        is_range = reader.take(1) == "1"
        first = last + sum(_fibonacci(reader))
        last = first + sum(_fibonacci(reader)) if is_range else first
        if last - first + len(numbers) >= 64:
            raise Holes
        numbers += range(first, last + 1)
    reader.end()
    if len(numbers) != len(sections):
        raise Holes
    return dict(zip(numbers, sections, strict=True))


def gpp_opts_out(text: str) -> bool:
    """Whether any section of the United States opts out."""
    sections = gpp_sections(text)
    found = False
    for number, section in sections.items():
        if number == 6:
            if len(section) != 4 or section[0] != "1" or set(section[1:]) - set("YN-"):
                raise Holes
            found = found or section[2] == "Y"
        elif 7 <= number <= 27:
            found = us_opts_out(number, section) or found
    return found


def _gpc(section: int, text: str) -> bool:
    bits = Reader(bits_of(text))
    if section >= 25 and len(text) > 2:
        return False
    if bits.take(2) != "01":
        raise Holes
    value = bits.take(1) == "1"
    bits.end()
    return value


def _fibonacci(reader: Reader) -> Iterator[int]:
    current, following, before = 1, 2, "0"
    while current <= 2 * 4095:
        bit = reader.take(1)
        if bit == before == "1":
            return
        if bit == "1":
            yield current
        current, following, before = following, current + following, bit
    raise Holes
