"""Both hosts deliver the same, whatever payloads, addresses, headers and tokens hold."""

import json
import random
from typing import Any

import pytest

from decision_engine.hosts.python.delivery import Forced, write_preview
from tests.hosts.delivery.shared import page_tables, run_node, run_python

pytestmark = pytest.mark.node

COUNT = 5_000
AT = 1795219200000
PIECES = (
    "", "a", "Z", "0", "9", " ", "\t", "\n", "\r", "\x00", "\x1b", "\x7f", "\x80", "\u0085", "\u00a0", "\u00fc",
    "\u2028", "\ufeff", "\ufffe", "\U0001f600", "\ud800", "\udc00", "<", ">", "&", '"', "'", "`", "=", "/", "//", "\\",
    "?", "#", "%", "%2e", "%2F", ".", "..", "/..", ":", "@", "https://", "http://", "javascript:", "shop.example", "{",
    "}", "|", "^", "~", "-", "_", "+", ";", ",", "*", "(", ")", "!", "&#60;", "</script>", "<!--", "]]>",
    "/.edgewise/", "/ofrep/",
)  # fmt: skip
KEYS = ("title", "link", "constructor", "__proto__", "a", "items", "toString")
HEADERS: dict[str, tuple[str, ...]] = {
    "content-type": ("text/html", "TEXT/HTML;charset=utf-8", "text/html; charset", "text/html;;charset=\"utf-8", ""),
    "content-encoding": ("gzip", " br ", "identity", "gzip,br", ""),
    "cache-control": ("no-transform", "public,max-age=1", "a,No-Transform ,b", "", "s-maxage=1, PRIVATE=x"),
    "content-length": ("0", "999", "1001", "-1", "1 ", "0x1", "99999999999999"),
    "content-range": ("bytes 0-1/2",),
    "vary": ("*", "Accept", "cookie , X-Tag", ",,", "accept-encoding, *"),
}  # fmt: skip


def text(draw: random.Random, most: int = 8) -> str:
    found = "".join(draw.choices(PIECES, k=draw.randrange(most)))
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # halves that meet are a pair


def value(draw: random.Random, depth: int = 0) -> Any:
    kind = draw.randrange(9 if depth < 3 else 6)
    if kind < 3:
        return text(draw)
    if kind == 3:
        return draw.choice((0, -0.0, 1, -1, 39.5, 1e21, 1e-7, 123456789012, 0.1, 5e-324, 1.7976931348623157e308))
    if kind == 4:
        return draw.choice((True, False))
    if kind == 5:
        return None
    if kind == 6:
        return [value(draw, depth + 1) for _ in range(draw.randrange(3))]
    return {draw.choice(KEYS): value(draw, depth + 1) for _ in range(draw.randrange(4))}


def shown(draw: random.Random) -> dict[str, Any]:
    items = None
    if draw.random() < 0.3:
        items = [{"key": f"k{index}", "payload": json.dumps(value(draw))} for index in range(draw.randrange(3))]
    return {"outcome": "hero", "payload": json.dumps(value(draw)), "items": items, "tail": ""}


def path(draw: random.Random) -> list[str]:
    return draw.choices(KEYS, k=draw.choice((0, 1, 1, 1, 2)))


def place(draw: random.Random) -> dict[str, Any]:
    return {"path": path(draw), "as": draw.choice(("text", "attribute", "url", "path"))}


def operation(draw: random.Random) -> dict[str, Any]:
    headers = {name: draw.choice(values) for name, values in HEADERS.items() if draw.random() < 0.5}
    match draw.randrange(12):
        case 0:
            return {"html": text(draw)}
        case 1:
            return {"script": json.dumps(value(draw), ensure_ascii=False)}
        case 2:
            return {"part": text(draw)}
        case 3:
            return {"url": draw.choice(("", "/", "https://")) + text(draw)}
        case 4:
            return {"path": draw.choice(("", "/")) + text(draw)}
        case 5 | 6:
            parts = [draw.choice(("<b>", place(draw), place(draw))) for _ in range(draw.randrange(1, 4))]
            return {"slot": {"parts": parts, "frame": draw.choice((None, ["<ul>", "</ul>"]))}, "shown": shown(draw)}
        case 7:
            attributes = [{"name": "href", **place(draw)} for _ in range(draw.randrange(2))]
            return {"edit": {"text": draw.choice((None, path(draw))), "attributes": attributes}, "shown": shown(draw)}
        case 8:
            problem = draw.choice((200, 200, 200, 404))
            return {"problem": problem, "headers": headers, "longest": 1000, "decoded": draw.random() < 0.5}
        case 9:
            about = {
                "cache": draw.choice(("none", "segment", "private")),
                "isEdited": draw.random() < 0.5,
                "token": "t",
                "header": "edgewise-segment",
                "vary": draw.choice((["cookie"], ["x-tag", "cookie", "x-tag"], [])),
                "downstream": draw.choice(("keep", "private")),
            }
            return {"about": about, "headers": headers}
        case 10:
            target = "/" + text(draw) + draw.choice(("", "?", "?d=", "?edgewise_preview=", "?a&%64=1&")) + text(draw)
            return {"read": target} if draw.random() < 0.5 else {"is_page": ["GET", target, {}]}
        case _:
            return {"token": token(draw), "keys": {"k1": "a key"}, "at": AT}


def token(draw: random.Random) -> str:
    names = ("hero_test", "bold", "a")
    forced = [
        Forced(draw.choice(("experiment", "decision")), draw.choice(names), draw.choice(names))
        for _ in range(draw.randrange(1, 4))
    ]
    found = write_preview("k1", b"a key", forced, expires=AT // 1000 + draw.randrange(-1, 2))
    if draw.random() < 0.7:
        at = draw.randrange(len(found))
        found = found[:at] + draw.choice(PIECES) + found[at + draw.randrange(2) :]
    return found


def test_both_hosts_agree() -> None:
    draw = random.Random(5)
    operations = [operation(draw) for _ in range(COUNT)]
    answers = run_node([{"tables": page_tables()}, *operations])[1:]
    differing = [
        (one, expected, answer)
        for one, answer in zip(operations, answers, strict=True)
        if (expected := run_python(one)) != answer
    ]
    assert not differing, (len(differing), differing[:3])
