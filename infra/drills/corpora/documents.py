"""Hostile JSON: bombs, odd numbers and texts, names of prototypes, keys that collide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

_LIMIT = 65_536
_TOKENS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"true", b"false", b"NaN", b"Infinity", b"-Infinity",
    b"-0", b"1e400", b"-1e400", b"9007199254740991", b"9007199254740992", b"123456789012345678901234567890", b"01",
    b"1.", b".5", b"+1", b"0x1", b"1e5", b"5e-324", b'""', b'"a"', b'"\\ud800"', b'"\\udc00\\ud800"',
    b'"\\ud83d\\ude00"', b'"\xed\xa0\x80"', b'"\xff"', b'"\x00"', b'"\\u0000"', b"\xef\xbb\xbf", b" ", b"\t", b"\n",
    b"\x0b", b"\xc2\xa0", b"//", b"/**/", b"'a'", b"undefined", b"tru", b"\x00",
)  # fmt: skip
_KEYS = ("units", "session", "geo", "features", "consent", "cookies", "a", "A", "\u00e9", "e\u0301", "", "__proto__")
_SCALARS = _TOKENS[8:30]


def documents(seed: int, count: int) -> Iterator[bytes]:
    """Draw so many texts, about half of them refused: depth, keys, sizes, duplicates, numbers, texts, marks, cuts."""
    source = Random(seed)
    kinds = (_object, _object, _mutated, _scalar, _scalar, _duplicates, _depth, _keys, _tokens)
    for number in range(count):
        yield _size(source) if number % 250 == 249 else kinds[number % len(kinds)](source)


def bombs() -> Iterator[bytes]:
    """Texts that cost much to read where nothing bounds them."""
    for depth in (31, 32, 33, 64, 1_000, 10_000, 32_000):
        yield b"[" * depth + b"]" * depth
        yield b'{"a":' * depth + b"1" + b"}" * depth
        yield b"[" * depth
    for count in (255, 256, 257, 5_000):
        yield b"{" + b",".join(b'"k%d":1' % number for number in range(count)) + b"}"
        yield b"[" + b",".join([b'{"k":1}'] * count) + b"]"
    for digits in (17, 309, 400, 10_000, 60_000):
        yield b'{"n":' + b"9" * digits + b"}"
        yield b'{"n":0.' + b"0" * digits + b"1}"
        yield b'{"n":1e' + b"9" * min(digits, 1_000) + b"}"
    for size in (_LIMIT - 1, _LIMIT, _LIMIT + 1, 2 * _LIMIT):
        yield b'{"a":"' + b"x" * (size - 8) + b'"}'
        yield b'{"a":"' + b"\\u0041" * ((size - 8) // 6) + b'"}'
        yield b" " * (size - 2) + b"{}"
        yield b'"' * size
        yield b"\\" * size
        yield b"[" + b"1," * ((size - 3) // 2) + b"1]"


def prototypes() -> Iterator[bytes]:
    """60 documents that would give an object of JavaScript members that it should not have."""
    names = ("__proto__", "constructor", "prototype", "__defineGetter__", "hasOwnProperty")
    for name in names:
        for inner in ('{"polluted":true}', '{"prototype":{"polluted":true}}', "null", '["polluted"]'):
            yield f'{{"{name}":{inner}}}'.encode()
            yield f'{{"session":{{"{name}":{inner}}}}}'.encode()
            escaped = "".join(f"\\u{ord(character):04x}" for character in name)
            yield f'{{"features":{{"{escaped}":{inner},"x":1}}}}'.encode()


def colliding_keys(kind: int, count: int) -> list[str]:
    """Names that fall on each other under a known hash (0: times 31, 1: times 33), or are costly otherwise (2: numbers
    far apart, 3: one long beginning, 4: the same but for case)."""
    match kind % 5:
        case 0:
            return _pairs(("Aa", "BB"), count)
        case 1:
            return _pairs(("Az", "BY"), count)
        case 2:
            return [str(number * 16_777_213) for number in range(count)]
        case 3:
            return ["k" * 200 + f"{number:06}" for number in range(count)]
        case _:
            letters = "abcdefghijkl"
            return [
                "".join(letter.upper() if number >> at & 1 else letter for at, letter in enumerate(letters))
                for number in range(count)
            ]


def _pairs(pieces: tuple[str, str], count: int) -> list[str]:
    """Texts of equal length and equal hash: pieces of equal hash in every order."""
    bits = max(1, (count - 1).bit_length())
    return ["".join(pieces[number >> at & 1] for at in range(bits)) for number in range(count)]


def _object(source: Random) -> bytes:
    return b"{" + b",".join(_member(source, 2) for _ in range(source.randint(0, 5))) + b"}"


def _member(source: Random, depth: int) -> bytes:
    return json.dumps(source.choice(_KEYS), ensure_ascii=source.random() < 0.5).encode() + b":" + _value(source, depth)


def _value(source: Random, depth: int) -> bytes:
    kind = source.randrange(8)
    if depth and kind == 0:
        return b"[" + b",".join(_value(source, depth - 1) for _ in range(source.randint(0, 3))) + b"]"
    if depth and kind <= 2:
        return b"{" + b",".join(_member(source, depth - 1) for _ in range(source.randint(0, 3))) + b"}"
    return source.choice(_SCALARS[:6] if source.random() < 0.8 else _SCALARS)


def _mutated(source: Random) -> bytes:
    text = bytearray(_object(source))
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(text) + 1)
        text[at : at + source.randint(0, 2)] = source.choice(_TOKENS)
    return bytes(text)


def _scalar(source: Random) -> bytes:
    """An odd number or text in a place where nothing else is wrong."""
    scalar = source.choice(_TOKENS[8:37])
    return source.choice((b'{"n":%s}', b'{"n":[%s,1]}', b'{"session":{"a":%s}}', b'{"a":1,"b":%s }')) % scalar


def _duplicates(source: Random) -> bytes:
    name = source.choice(_KEYS)
    spellings = (
        json.dumps(name),
        json.dumps(name, ensure_ascii=False),
        '"' + "".join(f"\\u{ord(character):04X}" for character in name) + '"',
    )
    pairs = [f"{source.choice(spellings)}:1" for _ in range(source.choice((1, 2, 2)))] + ['"b":2']
    source.shuffle(pairs)
    text = "{" + ",".join(pairs) + "}"
    return (text if source.random() < 0.5 else f'{{"in":[{text}]}}').encode()


def _depth(source: Random) -> bytes:
    depth = source.choice((30, 31, 32, 33, 34, 200))
    opened = [source.choice((b"[", b'{"a":')) for _ in range(depth)]
    closed = [b"]" if one == b"[" else b"}" for one in reversed(opened)]
    return b"".join(opened) + source.choice((b"1", b"{}", b"", b"NaN")) + b"".join(closed)


def _keys(source: Random) -> bytes:
    count = source.choice((254, 255, 256, 257, 300))
    names = colliding_keys(source.randrange(5), count)
    return b"{" + b",".join(json.dumps(name).encode() + b":" + source.choice((b"1", b"{}")) for name in names) + b"}"


def _tokens(source: Random) -> bytes:
    return b"".join(source.choices(_TOKENS, k=source.randint(0, 12)))


def _size(source: Random) -> bytes:
    size = _LIMIT + source.choice((-1, 0, 1, 500))
    filler = source.choice(("x", "\u00e9", "\u20ac", "\U0001f600")).encode()
    room = size - len(b'{"a":""}')
    return b'{"a":"' + filler * (room // len(filler)) + b"x" * (room % len(filler)) + b'"}'
