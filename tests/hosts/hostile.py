"""Malformed and hostile requests of HTTP, drawn from a seed, for tests/conformance/hosts/tables.json."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

NOW = 1763712000000
MEGA = 65_536


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request, as `HttpRequest` of the Python host and the runner of the JavaScript host both take it."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    geo: dict[str, Any] = field(default_factory=dict)
    device: dict[str, Any] = field(default_factory=dict)


def hostile_requests(seed: int, count: int) -> Iterator[Hostile]:
    """Draw so many requests; the same seed gives the same ones."""
    source = Random(seed)
    return (_request(source) for _ in range(count))


def hostile_object(source: Random) -> Any:
    """A request object as a host might be handed it without HTTP: nothing has looked at its texts and numbers."""
    return {group: _group(source, group) for group in source.sample(GROUPS, source.randint(0, len(GROUPS)))}


GROUPS = [
    "units", "geo", "device", "session", "profile", "headers", "cookies", "query", "features", "timestamps", "consent",
    "__proto__", "constructor", "decisions",
]  # fmt: skip

KEYS = [
    "country", "page_values", "loyalty", "interests", "app", "is_mobile", "platform", "campaign", "last_visit",
    "theme", "basket", "device", "mobile", "seen", "utm campaign", "x-app-version", "visitor_id", "store_id", "denied",
    "value", "profile", "profile.loyalty", "session", "session.page_values", "__proto__", "constructor", "toString",
    "", "\u0000",
]  # fmt: skip

TEXTS = [
    "", "DE", "AT", "de", "gold", "silver", "dark", "light \u2600", "Windows", "abc", "abcé", "1.2.3", "1.0.0",
    "2.0.0-rc.1+b", "01.0.0", "1.0", "shoes", "shoes,bags", ",", "true", "false", "1", "-0", "1e3", "01", " 1", "1 ",
    "1.", ".5", "+1", "1e400", "NaN", "Infinity", "0x10", "9007199254740992", "1" * 33, "personalisation", "storage",
    "home_hero", "offers", "2025-11-21T08:00:00Z", "2025-02-30T08:00:00Z", "2025-11-21T08:00:00.1234567891Z",
    "2025-11-21T08:00:00+24:00", "0000-01-01T00:00:00Z", "2025-11-21T08:00:60Z", "\U0001f600", "e\u0301", "\u0130",
    "\ufeff", "\u2028", "\x7f", "\x00", "x" * 4096, "x" * 4097, "\U0001f600" * 2048, "\U0001f600" * 2049, "__proto__",
    "null",
]  # fmt: skip

SHORT_TEXTS = [text for text in TEXTS if len(text) < 100]

NUMBERS = [
    0, -0.0, 1, 11, 0.5, 9999, 10000, 10001, -1, 1e3, 2**53 - 1, 2**53, -(2**53), 1e300, 5e-324, NOW, NOW - 1_800_000,
    NOW - 1_800_001, NOW + 10**9, 8.64e15, 8640000000000001, 1763712000000.5,
]  # fmt: skip

FAIR_NUMBERS = [number for number in NUMBERS if abs(number) < 2**53]

ENDS = [b"}", b"]", b'"', b"\\", b",", b"\x00", b"\xef\xbb\xbf", b"\xff", b" ", b"null", b"/**/"]

PIECES = [
    b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b"\\u", b"\\ud800", b"\\udc00", b"\\ud83d\\ude00", b"\\u0000",
    b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xef\xbb\xbf", b"\x00", b"\x1f", b"\t",
    b"\n", b"\r", b"\x0b", b"\xc2\xa0", b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"-0", b"-0.0", b"0e0",
    b"01", b"1.", b".1", b"+1", b"1e", b"--1", b"9007199254740991", b"9007199254740992", b"9007199254740991.5",
    b"1e-400", b"true", b"null", b"undefined", b"'a'", b"//", b"/**/", b'"__proto__":1,', b'"a":1,"a":2,',
    b'"a":1,"\\u0061":2,', b'"constructor":{"prototype":1},', b'"decisions":["home_hero"],', b'"decisions":[],',
    b'"decisions":["nope"],', b'"decisions":"x",', b'"decisions":[1],', b'"decisions":["a b","offers"],',
    b'"units":{"visitor_id":null},', b'"units":5,', b'"features":{"country":"AT"},', b'"geo":{"country":"DE"},',
    b'"geo":[],', b'"timestamps":{"session":0},', b'"consent":{"denied":["storage","personalisation"]},',
    b'"consent":[],', b'"targetingKey":"t",', b'"targetingKey":"",', b'"targetingKey":null,', b'"targetingKey":1,',
    b'"context":{},', b'"context":[],', b'"device":"phone",', b'"country":"DE",', b'"country":{},',
    b'"page_values":11,', b'"__proto__":{"country":"DE"},',
]  # fmt: skip

COOKIE_PIECES = [
    "ew_vid", "=", ";", "; ", " ", "\t", '"', "%20", "%C3%A9", "%C3", "%zz", "%", "%ED%A0%80", "%00", "seen", "theme",
    "dark", "light%20%E2%98%80", "1763000000000", "\xe9", "\x01", "\x7f", "a", "é", "__proto__", "x" * 300,
    "theme=dark", "ew_vid=v1", "ew_vid=", "seen=2025-11-21T08:00:00Z", 'theme="dark"', ",", "\u20ac", "=;" * 40,
]  # fmt: skip

QUERY_PIECES = [
    "d=", "&", "=", "&&", "d", "D=%7B%7D", "%64=%7B%7D", "interests=shoes", "interests=shoes,bags", "interests",
    "utm+campaign=abc", "utm%20campaign=abc%C3%A9", "utm+campaign=%ff", "utm%20campaign=", "utm%2bcampaign=x", "%",
    "%zz", "%C3", "+", "#", "?", "%00", "%EF%BB%BF", "a=1", "__proto__=1", "x%ED%A0%80=1", "%7B%7D", "d=%7B%7D",
    "d=%zz", "d={}", "d=%C3",
]  # fmt: skip

HEADER_NAMES = [
    "x-app-version", "sec-gpc", "sec-ch-ua-mobile", "sec-ch-ua-platform", "if-none-match", "__proto__", "content-type",
]  # fmt: skip

HEADER_TEXTS = [
    "", "1", "1, 1", "?1", "?0", "?2", '"Windows"', '"Win\\"x"', '"', '""', '"W', "1.2.3", "1.0.0-rc.1", "v1",
    "1.2.3 ", "\xe9", "1.2.3\x00", "x" * 4096, "x" * 4097, '"' + "x" * 4095, '"' + "x" * 4094 + '"',
    '"' + "x" * 4095 + '"', "*", "W/*", ",", "bytes",
]  # fmt: skip

REAL_PATHS = [
    "/.edgewise/decide", "/.edgewise/decide", "/.edgewise/decide", "/ofrep/v1/evaluate/flags",
    "/ofrep/v1/evaluate/flags/home_hero",
]  # fmt: skip

ODD_PATHS = [
    "/ofrep/v1/evaluate/flags/home%5Fhero", "/ofrep/v1/evaluate/flags/nope", "/ofrep/v1/evaluate/flags/%zz",
    "/ofrep/v1/evaluate/flags/%C3%A9%22%5C", "/ofrep/v1/evaluate/flags/", "/ofrep/v1/evaluate/flags/a/b",
    "/ofrep/v1/evaluate/flags/a+b", "/ofrep/v1/evaluate/flags/__proto__", "/ofrep/v1/evaluate/flagsx",
    "/.edgewise/health", "/.edgewise/release", "/.edgewise/decide/", "/.edgewise/Decide", "/.edgewise%2Fdecide",
    "//.edgewise/decide", "/", "", "/shop?x", "/__proto__", "__proto__",
]  # fmt: skip

METHODS = ["GET"] * 20 + ["POST"] * 20 + ["HEAD"] * 2 + ["PUT", "OPTIONS", "get", "", "__proto__"]


def _request(source: Random) -> Hostile:
    path = source.choice(REAL_PATHS if source.random() < 0.85 else ODD_PATHS)
    method = source.choice(METHODS)
    is_flags = path.startswith("/ofrep")
    if is_flags and source.random() < 0.9:
        method = "POST"
    text = _json_bytes(source, is_flags)
    target = path
    if method != "POST" and source.random() < 0.8:
        target += "?" + _document_query(source, text)
    elif source.random() < 0.5:
        target += "?" + _query(source)
    return Hostile(
        method=method,
        target=target,
        headers=_headers(source),
        body=text if method == "POST" or source.random() < 0.1 else b"",
        geo=source.choice([{}, {}, {"country": "AT"}, {"country": "DE"}, {"country": None}, {"country": 5}]),
        device=source.choice([{}, {}, {"mobile": True}, {"mobile": False, "platform": "Windows"}, {"mobile": None}]),
    )


def _json_bytes(source: Random, is_context: bool) -> bytes:
    kind = source.random()
    if kind < 0.02:
        return _large(source)
    if kind < 0.07:
        return _nested(source)
    if kind < 0.1:
        return b"".join(source.choices(PIECES, k=source.randint(0, 12)))
    value = hostile_object(source)
    if is_context and source.random() < 0.9:
        value |= {key: _value(source) for key in source.sample(KEYS, 3)}
        value = {"context": value | {"targetingKey": source.choice(["u1", "u1", "u1", "", None, 7, "\u03c0"])}}
    text = json.dumps(value, ensure_ascii=source.random() < 0.5, allow_nan=True).encode("utf-8", "surrogatepass")
    for _ in range(source.choice([0, 0, 0, 0, 1, 1, 2, 5])):
        text = _mutated(source, text)
    return text


def _mutated(source: Random, text: bytes) -> bytes:
    at = source.randint(0, len(text))
    match source.randrange(6):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + source.choice(PIECES) + text[at:]
        case 2:
            return text[:at] + bytes([source.randrange(256)]) + text[at + 1 :]
        case 3:
            return text + source.choice(ENDS)
        case 4:
            return source.choice(ENDS) + text
        case _:
            # Behind an opening brace, a member is in its place.
            brace = text.find(b"{", at) if source.random() < 0.5 else text.find(b"{")
            member = source.choice([piece for piece in PIECES if piece.endswith(b",")])
            return text[: brace + 1] + member + text[brace + 1 :] if brace >= 0 else text


def _large(source: Random) -> bytes:
    size = MEGA - 8 + source.choice([-1, 0, 0, 1, 100])
    filler = source.choice([b"x", b"\xc3\xa9", b"\xf0\x9f\x98\x80", b" ", b"\xff", b"["])
    return b'{"a":"' + (filler * (size // len(filler) + 1))[:size] + b'"}'


def _nested(source: Random) -> bytes:
    depth = source.choice([30, 31, 32, 33, 100, 10_000, 30_000])
    match source.randrange(5):
        case 0:
            return b"[" * depth + b"]" * source.choice([depth, depth - 1])
        case 1:
            return b'{"a":' * depth + b"1" + b"}" * depth
        case 2:
            keys = source.choice([254, 255, 256, 257, 300])
            return b"{" + b",".join(b'"k%d":{}' % i for i in range(keys)) + b"}"
        case 3:
            keys = source.choice([255, 256, 257])
            return b'{"a":[' + b",".join([b'{"x":1}'] * (keys - 1)) + b"]}"
        case _:
            return b"[" * source.choice([31, 32, 33]) + source.choice([b"1e400", b'"\\ud800"', b'{"a":1,"a":1}', b"x"])


def _group(source: Random, name: str) -> Any:
    if source.random() < 0.08:
        return _value(source)
    if name == "decisions":
        return source.sample(["home_hero", "offers", "banner"], source.randint(0, 3)) * source.choice([1, 1, 2])
    if name == "consent":
        return {"denied": source.choice([[], ["storage"], ["personalisation", 5], "storage", None, [["storage"]], {}])}
    return {key: _value(source) for key in source.sample(KEYS, source.randint(0, 8))}


def _value(source: Random) -> Any:
    kind = source.random()
    if kind < 0.5:
        return source.choice(TEXTS if source.random() < 0.03 else SHORT_TEXTS)
    if kind < 0.8:
        return source.choice(NUMBERS if source.random() < 0.03 else FAIR_NUMBERS)
    if kind < 0.88:
        return source.choice([True, False, None])
    if kind < 0.94:
        return source.choices(SHORT_TEXTS + NUMBERS, k=source.choice([0, 1, 2, 3, 256, 257]))
    if kind < 0.96:
        return ["shoes"]
    return {source.choice(KEYS): source.choice(SHORT_TEXTS + FAIR_NUMBERS)}


def _document_query(source: Random, text: bytes) -> str:
    encoded = quote_from_bytes(text, safe="/:,{}[]\"'" if source.random() < 0.3 else "")
    if source.random() < 0.3:
        encoded = encoded.replace("%20", "+")
    if source.random() < 0.1:
        at = source.randint(0, len(encoded))
        encoded = encoded[:at] + source.choice(["%", "%zz", "%f", "+", "&", "=", "%C3", "%00"]) + encoded[at:]
    before = _query(source) + "&" if source.random() < 0.2 else ""
    after = "&" + _query(source) if source.random() < 0.3 else ""
    return f"{before}d={encoded}{after}"


def _query(source: Random) -> str:
    if source.random() < 0.03:
        return "&".join(f"n{i}=1" for i in range(source.choice([254, 255, 256, 257]))) + "&interests=shoes&d=%7B%7D"
    return "".join(source.choices(QUERY_PIECES, k=source.randint(0, 6)))


def _headers(source: Random) -> dict[str, str]:
    headers = {}
    if source.random() < 0.6:
        headers["cookie"] = _cookies(source)
    for name in source.sample(HEADER_NAMES, source.randint(0, 4)):
        headers[name] = source.choice(HEADER_TEXTS)
    return headers


def _cookies(source: Random) -> str:
    kind = source.random()
    if kind < 0.1:
        filler = "a=" + "x" * (8192 - 20 + source.randint(-15, 15))
        return f"{filler};ew_vid=v2; theme=dark"
    if kind < 0.15:
        return ";".join(f"n{i}=1" for i in range(source.choice([254, 255, 256, 257]))) + ";ew_vid=v3"
    if kind < 0.2:
        return ";" * source.choice([100, 8192, 8193, 100_000])
    return "".join(source.choices(COOKIE_PIECES, k=source.randint(0, 15)))
