"""Hostile documents of JSON, drawn from a seed: each kind both on this side of what is refused and beyond it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

KEYS = (
    "a", "b", "units", "session", "__proto__", "constructor", "prototype", "toString", "", "\u00e9", "e\u0301",
    "\x7f",
)  # fmt: skip
TEXTS = ("", "x", "\u00e9", "e\u0301", "\U0001f600", "\u2028", "\ufeff", "\x7f", "__proto__", "NaN", "a\\b", 'a"b')
NUMBERS = (
    b"0", b"-0", b"-0.0", b"1", b"1e3", b"1E+2", b"0.1", b"5e-324", b"1e-400", b"1e308", b"1e309", b"-1e309",
    b"1e400", b"9007199254740991", b"9007199254740992", b"-9007199254740991", b"-9007199254740992",
    b"9007199254740991.0", b"9007199254740991.5", b"9007199254740992.5", b"90071992547409910e-1", b"0.1e17",
    b"123456789012345678901234567890", b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"nan", b"01", b"00", b"-01",
    b"1.", b".5", b"+1", b"1e", b"1e+", b"--1", b"0x10", b"1_0", b"0b1", b"\xd9\xa1", b"1f", b"-",
)  # fmt: skip
ESCAPES = (
    b"\\ud800", b"\\udc00", b"\\udfff\\ud800", b"\\ud83d\\ude00", b"\\uD83D\\uDE00", b"\\ud83d", b"\\ud83dx",
    b"\\ud83d\\n", b"\\u0000", b"\\u00e9", b"\\u00E9", b"\\u12", b"\\u12g4", b"\\x41", b"\\a", b"\\/",
    b"\\b\\f\\n\\r\\t", b"\\", b"\\u{1}", b"\xed\xa0\x80", b"\xed\xb0\x80", b"\xed\xa0\xbd\xed\xb8\x80",
    b"\xc0\xaf", b"\xe0\x80\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x98\x80", b"\xff", b"\xc3", b"\x00", b"\x1f",
    b"\t", b"\n", b"\x7f", b"\xc2\x80", b"\xef\xbf\xbf",
)  # fmt: skip
SPACES = (
    b"", b"", b"", b" ", b"\n\t\r ", b"\x0b", b"\x0c", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"//x\n",
    b"/**/", b"\x00",
)  # fmt: skip


def hostile_documents(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Draw so many documents, each with the name of its kind; the same seed gives the same ones."""
    source = Random(seed)
    kinds = [*_KINDS, *(kind for kind in _KINDS if kind != "size")] * 2  # large texts take long
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind, _KINDS[kind](source)


def _duplicate_keys(source: Random) -> bytes:
    """Keys that are the same, look the same, or are escaped differently, at any depth."""
    pairs = [_key(source) + b":" + _value(source, 1) for _ in range(source.randint(1, 4))]
    if source.random() < 0.6:
        name = source.choice(("a", "units", "__proto__", "\u00e9"))
        spellings = (json.dumps(name).encode(), json.dumps(name, ensure_ascii=False).encode(), _escaped(name))
        pairs += [source.choice(spellings) + b":1" for _ in range(2)]
    source.shuffle(pairs)
    text = b"{" + b",".join(pairs) + b"}"
    return text if source.random() < 0.5 else b'{"in":[' + text + b"]}"


def _depth(source: Random) -> bytes:
    """Lists and objects, just within the depth allowed, just beyond it, and far beyond it."""
    depth = source.choice((1, 30, 31, 32, 32, 33, 34, 64, 5000))
    opened = [source.choice((b"[", b'{"a":')) for _ in range(depth - 1)]
    closed = [b"]" if one == b"[" else b"}" for one in reversed(opened)]
    inner = source.choice((b"1", b"{}", b"[]", b"", b"null"))
    return b'{"d":' + b"".join(opened) + inner + b"".join(closed) + b"}" * source.choice((1, 1, 1, 0, 2))


def _size(source: Random) -> bytes:
    """Bytes and characters around the limit."""
    size = 65_536 + source.choice((-2, -1, 0, 0, 1, 2, 5000))
    filler = source.choice(("x", "\u00e9", "\u20ac", "\U0001f600")).encode()
    room = size - len(b'{"a":""}')
    text = filler * (room // len(filler)) + b"x" * (room % len(filler))
    if source.random() < 0.3:
        return b'{"a":1}' + b" " * (size - 7)
    return b'{"a":"' + text + b'"}'


def _keys(source: Random) -> bytes:
    """As many keys as are allowed, and one more; in one object, and in many."""
    count = source.choice((1, 255, 256, 256, 257, 258, 1000))
    if source.random() < 0.5:
        return b"{" + b",".join(b'"k%d":1' % number for number in range(count)) + b"}"
    return b'{"l":[' + b",".join(b'{"k":1}' for _ in range(count - 1)) + b"]}"


def _prototypes(source: Random) -> bytes:
    """Names that an object of JavaScript has already, as keys, escaped, nested, and as values."""
    name = source.choice(
        (b"__proto__", b"\\u005f_proto__", b"constructor", b"prototype", b"hasOwnProperty", b"__defineGetter__")
    )
    inner = source.choice((b"1", b"null", b"[]", b'{"polluted":true}', b'{"__proto__":{"polluted":true}}'))
    return b'{"' + name + b'":' + inner + source.choice((b"", b',"a":' + inner)) + b"}"


def _numbers(source: Random) -> bytes:
    items = [source.choice(NUMBERS) for _ in range(source.choice((1, 1, 1, 2, 3)))]
    return source.choice((b'{"n":[%s]}', b'{"n":[1,%s,2]}', b'{"n":%s}')) % b",".join(items)


def _surrogates(source: Random) -> bytes:
    parts = [
        source.choice((*ESCAPES, *(text.encode() for text in TEXTS if '"' not in text and "\\" not in text)))
        for _ in range(2)
    ]
    text = b'"' + b"".join(parts[: source.randint(1, 2)]) + b'"'
    return b'{"t":' + text + b"}" if source.random() < 0.6 else b"{" + text + b":1}"


def _spaces(source: Random) -> bytes:
    """What may stand between tokens, what may not, and tokens that other languages have."""
    odd = (b"tru", b"True", b"undefined", b"'a'", b"[1,]", b"[,1]")
    value = source.choice(odd) if source.random() < 0.2 else source.choice((b"1", b"true", b"[1]"))
    pieces = (b"{", b'"a"', b":", value, b"}", source.choice((b"", b"", b"", b"{}", b",", b"\x00")))
    return b"".join((source.choice(SPACES) if source.random() < 0.2 else b"") + piece for piece in pieces)


def _others(source: Random) -> bytes:
    """What is no object, and objects of any sound values, cut or changed in a few bytes."""
    if source.random() < 0.2:
        return source.choice(
            (b"", b" ", b"1", b"null", b'"a"', b"[]", b"[{}]", b"true", b"{", b"}", b"\xef\xbb\xbf{}", b"{}\n")
        )
    text = bytearray(
        b"{" + b",".join(_key(source) + b":" + _value(source, 2) for _ in range(source.randint(0, 3))) + b"}"
    )
    for _ in range(source.choice((0, 0, 1, 1, 3))):
        at = source.randrange(len(text) + 1)
        text[at : at + source.randint(0, 2)] = source.choice(
            (b"", b'"', b"\\", b"{", b"}", b"]", b",", b":", b"\x00", b"\x80")
        )
    return bytes(text)


def _key(source: Random) -> bytes:
    return json.dumps(source.choice(KEYS), ensure_ascii=source.random() < 0.5).encode()


def _value(source: Random, depth: int) -> bytes:
    match source.randrange(6 if depth else 4):
        case 0:
            return source.choice((b"true", b"false", b"null"))
        case 1:
            return source.choice(NUMBERS[:16])
        case 2 | 3:
            return json.dumps(source.choice(TEXTS), ensure_ascii=source.random() < 0.5).encode()
        case 4:
            return b"[" + b",".join(_value(source, depth - 1) for _ in range(source.randint(0, 3))) + b"]"
        case _:
            return b"{" + _key(source) + b":" + _value(source, depth - 1) + b"}"


def _escaped(name: str) -> bytes:
    return b'"' + b"".join(b"\\u%04x" % ord(character) for character in name) + b'"'


_KINDS: dict[str, Callable[[Random], bytes]] = {
    "duplicate keys": _duplicate_keys,
    "depth": _depth,
    "size": _size,
    "keys": _keys,
    "prototypes": _prototypes,
    "numbers": _numbers,
    "surrogates": _surrogates,
    "spaces": _spaces,
    "others": _others,
}
