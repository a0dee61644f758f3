"""Malformed cookies and headers as they stand on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

Lines: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Names and values of headers."""

_BYTES = (
    b"", b" ", b"\t", b"=", b";", b";;", b"==", b"%", b"%0", b"%zz", b"%00", b"%0d%0a", b"%C3%28", b"%E2%82", b"%FF",
    b"%F0%9F%98%80", b"%ED%A0%80", b'"', b'"a', b'a"', b'""', b"\\", b"\xff", b"\xc3\x28", b"\xe2\x82", b"\xf0\x9f",
    b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\x01", b"\x1f", b"\x7f",
    b"\x80", b"{}", b"[]", b"null", b"NaN", b"-0", b"1e400", b"0x10", b"../../etc/passwd", b"' OR 1=1 --", b"<script>",
    b"${jndi:ldap://a}", b"() { :;};", b"__proto__", b"constructor", b"toString", b"a" * 4095, b"a" * 4096,
    b"a" * 4097, b"%41" * 1400, b",", b", ", b"a, b", b"a; b", b"\xe9", b"A", b"?1", b"?0", b"?2", b'"Windows"',
    b'"Win\\dows"', b"1.2.3", b"01.2.3", b"1.2.3-\xc3\xa9", b"2026-11-21T00:00:00Z",
)  # fmt: skip
_BREAKS = (b"\x00", b"\r", b"\n", b"a\x00b", b"a\rb", b"a\nb", b"a\r\n b", b"\r\nx-added: 1\x00")
_NAMES = (
    b"user-agent", b"accept-language", b"referer", b"traceparent", b"x-request-id", b"sec-gpc", b"sec-ch-ua-mobile",
    b"sec-ch-ua-platform", b"if-none-match", b"content-type", b"x-forwarded-for", b"authorization", b"__proto__",
    b"constructor", b"range", b"x-empty",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Malformed:
    """Header lines; `breaks` says that they are no HTTP, so that a platform may refuse the whole request."""

    lines: Lines
    breaks: bool


def malformed_headers(
    seed: int, count: int, cookies: Sequence[str] = ("visitor",), headers: Sequence[str] = ()
) -> Iterator[Malformed]:
    """Draw so many. `cookies` and `headers` are the names that something reads; most lines are about them."""
    source = Random(seed)
    names = (*(name.encode() for name in headers), *_NAMES)
    for number in range(count):
        lines = [(b"cookie", _cookie(source, cookies)) for _ in range(source.choice((1, 1, 1, 2, 3)))]
        lines += [(source.choice(names), _value(source)) for _ in range(source.choice((0, 0, 1, 2)))]
        breaks = number % 10 == 9
        if breaks:
            at = source.randrange(len(lines))
            name, value = lines[at]
            cut = source.randint(0, len(value))
            lines[at] = (name, value[:cut] + source.choice(_BREAKS) + value[cut:])
        yield Malformed(_without_empty_repeats(lines), breaks)


def _cookie(source: Random, names: Sequence[str]) -> bytes:
    kind = source.random()
    if kind < 0.05:
        return b"; ".join(b"n%d=1" % number for number in range(source.choice((255, 256, 257, 600))))
    if kind < 0.08:
        return b";" * source.choice((100, 8191, 8192, 8193))
    if kind < 0.12:
        filler = b"a=" + b"x" * (8192 - 30 + source.randint(-20, 20))
        return filler + b"; " + source.choice(names).encode() + b"=tail"
    pairs = []
    for _ in range(source.randint(1, 5)):
        name = source.choice((source.choice(names).encode(), source.choice(_BYTES[:52])))
        pairs.append(name + source.choice((b"=", b"=", b"=", b" = ", b"")) + _value(source))
    return source.choice((b"; ", b";", b" ; ", b",")).join(pairs)


def _value(source: Random) -> bytes:
    parts = [source.choice(_BYTES) for _ in range(source.choice((1, 1, 2, 3)))]
    value = b"".join(parts)
    return bytes(source.randrange(0x20, 0x100) for _ in range(20)) if source.random() < 0.1 else value


def _without_empty_repeats(lines: Lines) -> Lines:
    """Without empty headers that repeat: runtimes join an empty one with another of its name each in its own way."""
    repeated = [name for name, _ in lines]
    return [(name, value) for name, value in lines if value.strip(b" \t") or repeated.count(name) == 1]
