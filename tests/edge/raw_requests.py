"""Malformed requests as the bytes of HTTP/1.1, drawn from a seed, with what a host should make of them.

Methods, targets, documents and cookies come from tests/hosts/hostile.py; here they become bytes, and the bytes are
damaged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from functions.edge.cloudflare import CF_HEADER
from tests.hosts.hostile import Hostile, hostile_requests

MEGA = 65_536
FUTURE = "2200-01-01T00:00:00Z"

HEADER_LINES = [
    (b"x-app-version", b"1.2.3"), (b"X-App-Version", b"2.0.0"), (b"x-app-version", b"1.2.3\xff"),
    (b"x-app-version", b"\xe2\x82\xac"), (b"x-app-version", b"1.\x01"), (b"x-app-version", b"9" * 4096),
    (b"x-app-version", b"1.0.0-" + b"a" * 300), (b"cookie", b"theme=dark%20blue"),
    (b"cookie", b"seen=" + FUTURE.encode()), (b"cookie", b'theme="dark"; ew_vid=v9'),
    (b"cookie", b"theme=\xff; ew_vid=v8"), (b"cookie", b"theme=%00dark; ew_vid=%C3%A9"),
    (b"cookie", b"a=" + b"b" * 20_000), (b"cookie", b"ew_vid=" + b"v" * 4097),
    (b"cookie", b"ew_vid=" + b"%F0%9F%98%80" * 600), (b"cookie", b"=; ;;=;" * 500),
    (b"cookie", b"\xe9=1; theme=dark"), (b"cookie", b"__proto__=1; constructor=2; theme=dark"), (b"sec-gpc", b"1"),
    (b"sec-gpc", b" 1\t"), (b"Sec-GPC", b"1"), (b"sec-ch-ua-mobile", b"?1"), (b"sec-ch-ua-platform", b'"Windows"'),
    (b"if-none-match", b"*"), (b"if-none-match", b'W/"x", ' * 2000 + b"*"), (b"if-none-match", b'"\xff"'),
    (b"accept-encoding", b"gzip, br"), (b"content-encoding", b"gzip"),
    (b"content-type", b"text/plain; charset=utf-16"), (b"x-forwarded-for", b"' OR 1=1 --"), (b"__proto__", b"{}"),
    (b"constructor", b"x"), (b"range", b"bytes=0-1"), (b"origin", b"null"), (b"x" * 3000, b"y" * 3000),
    (b"x-empty", b""), (b"authorization", b"Bearer \x7f"),
]  # fmt: skip
"""Headers that reach the worker."""

REFUSED_LINES = [
    b": empty", b"x y: 1", b"x-nul: \x00", b"folded: 1\r\n 2", b"no colon", b"content-length: -1",
    b"content-length: x", b"content-length: 99999999999999999999999", b"\xff: 1",
]  # fmt: skip
"""Lines that end a request before any worker sees it."""

DOCUMENTS = [
    b'{"session":{"page_values":1e400}}', b'{"session":{"page_values":-1e400}}', b'{"session":{"page_values":-0}}',
    b'{"session":{"page_values":9007199254740992}}', b'{"session":{"page_values":9007199254740991}}',
    b'{"session":{"page_values":1e-400}}', b'{"session":{"page_values":NaN}}',
    b'{"session":{"page_values":Infinity}}', b'{"session":{"page_values":10.000000000000001}}',
    b'{"session":{"page_values":10000.000000000001}}', b'{"session":{"page_values":01}}',
    b'{"__proto__":{"session":{"page_values":11}}}', b'{"session":{"__proto__":{"page_values":11}}}',
    b'{"features":{"__proto__":1,"page_values":11}}', b'{"constructor":{"prototype":{"x":1}}}',
    b'{"session":{"page_values":11},"session":{}}', b'{"a":1,"\\u0061":2}', b'\xef\xbb\xbf{}', b'{}\xef\xbb\xbf',
    b'\xfe\xff\x00{\x00}', b'{"units":{"visitor_id":"\\ud800"}}', b'{"units":{"visitor_id":"\\udc00\\ud800"}}',
    b'{"units":{"visitor_id":"\\ud83d\\ude00"}}', b'{"units":{"visitor_id":"\xed\xa0\x80"}}',
    b'{"units":{"visitor_id":"\xc0\xaf"}}', b'{"units":{"visitor_id":"\xf4\x90\x80\x80"}}',
    b'{"units":{"visitor_id":"\x00"}}', b'{"units":{"visitor_id":"\\u0000"}}',
    b'{"units":{"visitor_id":"' + b"x" * 4096 + b'"}}', b'{"units":{"visitor_id":"' + b"x" * 4097 + b'"}}',
    b'{"units":["visitor_id"]}', b'{"units":null}', b"null", b"[]", b'""', b"0", b"", b" ", b"{", b"}", b'{"a":}',
    b'{"a":1,}', b"{'a':1}", b'{"a":1}//', b"[" * 33 + b"]" * 33, b"[" * 60_000, b'{"a":' * 30_000,
    b'{"decisions":null}', b'{"decisions":[null]}', b'{"decisions":["shipping","shipping"]}',
    b'{"decisions":["__proto__"]}', b'{"decisions":["\\ud83d\\ude00"]}', b'{"consent":{"denied":["storage"]}}',
    b'{"consent":{"denied":"storage"}}',
    b'{"cookies":{"seen":"' + FUTURE.encode() + b'"},"decisions":["dark_mode"]}',
    b'{"profile":{"loyalty":"gold"},"timestamps":{"profile":0}}', b'{"geo":{"country":"DE","latitude":-0.0}}',
    b'{"geo":{"country":"DE","latitude":-5e-324}}', b'{"geo":{"country":"DE","latitude":-90.00001}}',
    b'{"query":{"interests":["shoes","bags","shoes"]}}', b'{"headers":{"x-app-version":"1.2.3-rc.1+b"}}',
    b'{"context":{"targetingKey":"v1","__proto__":{"a":1}}}', b'{"context":{"targetingKey":"v1","country":"DE"}}',
    b'{"context":{"targetingKey":"v1","decisions":["nope"],"app":"1.2.3","interests":["shoes"]}}',
    b'{"context":{"targetingKey":"\\u0000","units":{"visitor_id":null}}}',
    b'{"context":{"__proto__":{"targetingKey":"v1"}}}',
]  # fmt: skip

METHODS = [
    b"DELETE",
    b"PATCH",
    b"TRACE",
    b"PROPFIND",
    b"PURGE",
    b"OPTIONS",
    b"PUT",
    b"get",
    b"Post",
    b"FOO",
    b"CONNECT",
    b"",
    b"G\x00T",
    b"GET" * 50,
]


@dataclass(frozen=True, slots=True)
class Sent:
    """The bytes of a request, and what of it a host sees: `headers` with lower-case names, joined as workerd does.

    `is_cut` says that the client stops within the body; `is_followed`, that bytes follow which are no request.
    """

    raw: bytes
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    geo: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False
    is_followed: bool = False


def raw_requests(seed: int, count: int) -> Iterator[Sent]:
    """Draw so many requests; the same seed gives the same ones."""
    source = Random(seed)
    for hostile in hostile_requests(seed, count):
        yield _sent(source, _varied(source, hostile))


def _varied(source: Random, hostile: Hostile) -> Hostile:
    """The request with the names that our registry reads, and often with a document that was made by hand."""
    target = re.sub(r"utm(\+|%20)campaign", "utm_campaign", hostile.target)
    body = hostile.body
    if source.random() < 0.35:
        body = source.choice(DOCUMENTS)
        if "ofrep" in target and body.startswith(b"{") and source.random() < 0.5:
            body = b'{"context":' + body + b"}"
        if hostile.method in {"GET", "HEAD"}:
            target = target.partition("?")[0] + "?d=" + "".join(f"%{byte:02x}" for byte in body)
    return replace(hostile, target=target, body=body)


def _sent(source: Random, hostile: Hostile) -> Sent:
    method = source.choice(METHODS) if source.random() < 0.03 else hostile.method.encode()
    target = _target(source, hostile.target)
    lines = [(name.encode(), value.encode()) for name, value in hostile.headers.items() if name != "host"]
    lines += source.choices(HEADER_LINES, k=source.choice([0, 0, 1, 2, 4]))
    # workerd joins an empty header with a later one of its name in two ways, by what name that is.
    empty = {name.lower() for name, value in lines if not value.strip()}
    lines = [line for line in lines if line[0].lower() not in empty or not line[1].strip()]
    body = hostile.body if method not in {b"GET", b"HEAD"} or source.random() < 0.1 else b""
    geo = {name: value for name, value in hostile.geo.items() if isinstance(value, str)}
    framing, payload, body, is_cut, is_followed = _framed(source, method, body)
    blob = [(CF_HEADER.encode(), json.dumps(geo).encode())] if geo else []
    every = [(b"host", b"edge.test"), *lines, *blob, *framing]
    written = [name + b":" + source.choice([b" ", b"", b" \t"]) + value for name, value in every]
    if source.random() < 0.02:
        written.insert(source.randint(0, len(written)), source.choice(REFUSED_LINES))
    version = b"HTTP/1.1" if source.random() < 0.995 else source.choice([b"HTTP/9.9", b"HTTP/1", b"", b"http/1.1"])
    head = b"\r\n".join([b" ".join([method, target, version]), *written, b"", b""])
    return Sent(
        raw=head + payload,
        method=method.decode("latin-1"),
        target="".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in target.partition(b"#")[0]),
        headers=_joined(every),
        body=body,
        geo=geo,
        is_cut=is_cut,
        is_followed=is_followed,
    )


def _target(source: Random, text: str) -> bytes:
    target = text.encode()
    if source.random() < 0.05:
        at = source.randint(1, max(1, len(target)))
        piece = source.choice(
            [
                b"\xc3\xa9",
                b"\xff",
                b"%",
                b"%zz",
                b"%00",
                b'"',
                b"<",
                b"\\",
                b"|",
                b"^",
                b"{",
                b" ",
                b"\t",
                b"..",
                b"/../",
            ]
        )
        target = target[:at] + piece + target[at:]
    return target


def _framed(source: Random, method: bytes, body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes, bytes, bool, bool]:
    """Headers that tell the body's length, the bytes that follow the head, the body to be seen; cut, followed."""
    kind = source.random()
    if kind < 0.25 and body:
        return [(b"transfer-encoding", b"chunked")], _chunked(source, body), body, False, False
    if kind < 0.27 and len(body) > 1:
        length = source.choice([len(body) + 1, len(body) + 1000])
        return [(b"content-length", b"%d" % length)], body, b"" if length <= MEGA else b" " * (MEGA + 1), True, False
    if kind < 0.29 and len(body) > 1:
        length = source.randint(0, len(body) - 1)
        return [(b"content-length", b"%d" % length)], body, body[:length], False, True
    if kind < 0.31 and 0 < len(body) <= MEGA:
        broken = source.choice(
            [b"zz\r\n", b"-1\r\n", b"ffffffffffffffffffff\r\n", b"\r\n", b"%x\r\n" % len(body) + body + b"xx0\r\n\r\n"]
        )
        return [(b"transfer-encoding", b"chunked")], broken, b"", True, False
    if not body and (method not in {b"POST", b"PUT"} or source.random() < 0.5):
        return [], b"", b"", False, False
    return [(b"content-length", b"%d" % len(body))], body, body, False, False


def _chunked(source: Random, body: bytes) -> bytes:
    pieces = []
    at = 0
    while at < len(body):
        size = source.choice([1, 2, 7, 1000, 16_384, len(body)])
        extension = source.choice([b"", b"", b";a=b", b';a="\xff"'])
        piece = body[at : at + size]
        pieces.append(b"%x%b\r\n%b\r\n" % (len(piece), extension, piece))
        at += size
        if len(pieces) > 20:
            size = len(body) - at
            pieces.append(b"%x\r\n%b\r\n" % (size, body[at:]) if size > 0 else b"")
            break
    return b"".join(pieces) + source.choice([b"0\r\n\r\n", b"000\r\n\r\n", b"0\r\nx-trailer: 1\r\n\r\n"])


def _joined(lines: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """What workerd makes of headers: it joins repeated ones by `, `, cookies too."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode("latin-1").lower(), raw_value.strip(b" \t").decode("utf-8", "replace")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
