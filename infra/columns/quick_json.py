"""Lines of JSON that are plainly good, read by a fast parser; the strict rule of the hosts reads all others.

orjson takes what RFC 8259 says, and so does the strict rule, which forbids some more: depth, keys, duplicate keys,
large numbers. Cheap counts show of nearly every line that it holds none of these; where they cannot, the line is not
quick.
"""

from __future__ import annotations

import orjson

from decision_engine.hosts.python.strict_json import MAX_BYTES, MAX_DEPTH, MAX_KEYS, MAX_NUMBER
from decision_engine.hosts.python.values import timestamp
from infra.replay.request_files import Session

_LONG = b"0" * 16
_SHAPES = bytes.maketrans(b"123456789E", b"000000000e")
"""Makes all digits alike, so that numbers that may be large show as texts that can be looked for."""


def quick_session(line: bytes, at: int | None) -> Session | None:
    """The session of a line, as `json_line` gives it but for whole numbers, which are integers; None where that is not
    certain."""
    quotes, minuses, shape = line.count(b'"'), line.count(b"-"), line.translate(_SHAPES)
    if (
        len(line) > MAX_BYTES
        or b"\\" in line
        or quotes > 2 * MAX_KEYS
        or line.count(b"[") + line.count(b"{") > MAX_DEPTH
    ):
        return None
    try:
        request = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    again = orjson.dumps(request)
    # Without escapes each text has two quotes, so those of a key that stood there twice are missed, as is the sign of
    # -0, which an integer loses.
    if type(request) is not dict or again.count(b'"') != quotes or again.count(b"-") != minuses:
        return None
    if (_LONG in shape or b"0e" in shape) and _has_large(request):
        return None
    own = request.pop("at", None)
    moment = None if own is None else timestamp(own)
    if own is not None and moment is None:
        return None
    return request, moment if at is None else at


def _has_large(request: dict[str, object]) -> bool:
    """Whether a number is beyond those that the strict rule takes."""
    pending: list[object] = [request]
    for one in pending:
        if isinstance(one, dict):
            pending.extend(one.values())
        elif isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, int | float) and not -MAX_NUMBER <= one <= MAX_NUMBER:
            return True
    return False
