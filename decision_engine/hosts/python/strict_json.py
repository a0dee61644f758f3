"""One strict rule for JSON that came over the network; the JavaScript host refuses the same texts with the same codes.

The C parser of the standard library does the work. Its hooks note what the rule forbids besides, and the code given is
the first that applies, in the order of docs/reference/host.md. The parser recurses, so texts that may be nested deeply
are measured before it sees them, and a loop decides whether such a text is JSON at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from .errors import RequestError

MAX_BYTES = 65_536
MAX_DEPTH = 32
MAX_KEYS = 256
MAX_NUMBER = 9007199254740991.0
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_TOKEN = re.compile(
    r"[ \t\n\r]*+(?:(?P<mark>[\[\]{}:,])"
    r'|(?P<text>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?P<other>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?|true|false|null)"
    r"|(?P<end>\Z))"
)


def parse(data: bytes) -> object:
    """The value of a JSON text; numbers are floats. Raises `RequestError` with a code of the strict rule."""
    if len(data) > MAX_BYTES:
        raise RequestError("too-large")
    if data.startswith(BYTE_ORDER_MARK):
        raise RequestError("not-utf8")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise RequestError("not-utf8") from None
    if _depth(text) > MAX_DEPTH:
        raise RequestError("too-deep" if _is_json(text) else "not-json")
    return _parse_shallow(text)


def parse_object(data: bytes) -> dict[str, object]:
    """As `parse`, where the rule wants an object."""
    value = parse(data)
    if not isinstance(value, dict):
        raise RequestError("not-an-object")
    return value


def _parse_shallow(text: str) -> object:
    keys = 0
    has_duplicate = has_bad_number = False

    def number(digits: str) -> float:
        nonlocal has_bad_number
        value = float(digits)
        if not -MAX_NUMBER <= value <= MAX_NUMBER:
            has_bad_number = True
        return value

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal keys, has_duplicate
        keys += len(pairs)
        value = dict(pairs)
        if len(value) != len(pairs):
            has_duplicate = True
        return value

    try:
        value: object = json.loads(
            text, object_pairs_hook=members, parse_int=number, parse_float=number, parse_constant=_refuse_constant
        )
    except ValueError:
        raise RequestError("not-json") from None
    if keys > MAX_KEYS:
        raise RequestError("too-many-keys")
    if has_duplicate:
        raise RequestError("duplicate-key")
    if _SURROGATE_ESCAPE.search(text) and not _is_well_formed(value):
        raise RequestError("bad-text")
    if has_bad_number:
        raise RequestError("bad-number")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _is_well_formed(value: object) -> bool:
    match value:
        case str():
            return not any("\ud800" <= character <= "\udfff" for character in value)
        case dict():
            return _all_well_formed(value.keys()) and _all_well_formed(value.values())
        case list():
            return _all_well_formed(value)
        case _:
            return True


def _all_well_formed(values: Iterable[object]) -> bool:
    return all(map(_is_well_formed, values))


def _depth(text: str) -> int:
    """How deep brackets are nested; at least the true depth of every prefix that is the beginning of some JSON text."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    for token in _STRING_OR_BRACKET.findall(text):
        if token in {"[", "{"}:
            depth += 1
            deepest = max(deepest, depth)
        elif token in {"]", "}"}:
            depth -= 1
    return deepest


_VALUE, _FIRST_ITEM, _FIRST_KEY, _KEY, _COLON, _AFTER = range(6)


def _is_json(text: str) -> bool:
    """Whether the text is JSON of RFC 8259, whatever its depth."""
    open_brackets: list[str] = []
    expected, position = _VALUE, 0
    while token := _TOKEN.match(text, position):
        position = token.end()
        if token["end"] is not None:
            return expected == _AFTER and not open_brackets
        step = _step(token["mark"] or ("text" if token["text"] else "other"), expected, open_brackets)
        if step is None:
            return False
        expected = step
    return False


def _step(kind: str, expected: int, open_brackets: list[str]) -> int | None:
    """What may follow a token, or None where it may not stand. `open_brackets` is kept up to date."""
    is_value_due = expected in {_VALUE, _FIRST_ITEM}
    inside = open_brackets[-1] if open_brackets else ""
    match kind:
        case "[" | "{" if is_value_due:
            open_brackets.append(kind)
            return _FIRST_ITEM if kind == "[" else _FIRST_KEY
        case "]" if inside == "[" and expected in {_FIRST_ITEM, _AFTER}:
            open_brackets.pop()
            return _AFTER
        case "}" if inside == "{" and expected in {_FIRST_KEY, _AFTER}:
            open_brackets.pop()
            return _AFTER
        case "," if inside and expected == _AFTER:
            return _VALUE if inside == "[" else _KEY
        case ":" if expected == _COLON:
            return _VALUE
        case "text" if expected in {_FIRST_KEY, _KEY}:
            return _COLON
        case "text" | "other" if is_value_due:
            return _AFTER
        case _:
            return None
