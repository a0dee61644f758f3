"""JSON with places: reads a file into plain values, and knows line and column of every key and value.

Stricter than RFC 8259 where texts are ambiguous: duplicate keys, lone surrogates, NaN, numbers beyond 2^53-1 and a byte
order mark are problems. All text is NFC. Reading goes on after a problem where the meaning is plain (a trailing comma,
a comment), so that one run reports several.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import isinf

from feature_registry.diagnostics import Diagnostic, Place, error
from feature_registry.pointers import escape, pointer_to
from feature_registry.quick_json import QuickOffsets, quick_value
from feature_registry.values import LARGEST_NUMBER

__all__ = ["DEPTH", "JsonFile", "escape", "pointer_to", "read_json"]

DEPTH = 64
_PROBLEMS = 100  # of one file; after that many the rest would be noise

_SPACE = re.compile(r"[ \t\r\n]*")
_COMMENT = re.compile(r"//[^\r\n]*|#[^\r\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)")
_PLAIN = re.compile(r'"([^"\\\x00-\x1f]*)"')
_PLAIN_KEY = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\r\n]*+:[ \t\r\n]*+(?![/#])')  # and all up to its value
_PLAIN_COMMA = re.compile(r"[ \t\r\n]*+(,)[ \t\r\n]*+(?![/#])")  # and all up to what follows
_CHUNK = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![0-9A-Za-z_.+-])")
_WORD = re.compile(r"[0-9A-Za-z_.$+-]+")
_QUOTED = re.compile(r"'([^'\r\n]*)'")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_LINE = re.compile(r"\r\n|\n|\r")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS = {"true": True, "false": False, "null": None}
_WORD_HELP = {
    "NaN": "leave the key out: a value that is absent is missing",
    "Infinity": "leave the bound out, or write the largest value that can occur",
    "-Infinity": "leave the bound out, or write the smallest value that can occur",
    "True": "write `true`",
    "False": "write `false`",
    "None": "write `null`, or leave the key out",
    "undefined": "write `null`, or leave the key out",
}


@dataclass(frozen=True)
class JsonFile:
    """A file that was read. `value` is None when `is_readable` is false.

    `offsets` gives for each JSON pointer where its key (-1 for items of lists) and its value begin in `text`. `damaged`
    are the pointers of values that could not be read, and are null in `value`.
    """

    name: str
    text: str
    value: object
    is_readable: bool
    offsets: Mapping[str, tuple[int, int]]
    damaged: Set[str] = frozenset()

    def place(self, pointer: str, *, key: bool = False) -> Place:
        """The place of the value at `pointer`, or of its key; when there is none, of the nearest value around it."""
        known = pointer
        while known not in self.offsets and known:
            known = known.rpartition("/")[0]
        at_key, at_value = self.offsets.get(known, (-1, 0))
        line, column = self.position(at_key if key and at_key >= 0 and known == pointer else at_value)
        return Place(self.name, line, column, known)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        if "\r" in self.text:
            return [0, *(match.end() for match in _LINE.finditer(self.text))]
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]


def read_json(name: str, raw: bytes) -> tuple[JsonFile, tuple[Diagnostic, ...]]:
    """Read the bytes of the file `name`: what could be read, and its problems in the order of the text."""
    problems: list[Diagnostic] = []
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.append(error("not-utf8", "expected UTF-8, found UTF-16", Place(name, 1, 1), "save the file as UTF-8"))
        return JsonFile(name, "", None, False, {}), tuple(problems)
    if raw.startswith(b"\xef\xbb\xbf"):
        message = "expected JSON, found a byte order mark"
        problems.append(
            error("byte-order-mark", message, Place(name, 1, 1), "save the file as UTF-8 without byte order mark")
        )
        raw = raw[3:]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        before = JsonFile(name, raw[: fault.start].decode("utf-8"), None, False, {})
        line, column = before.position(len(before.text))
        message = f"expected UTF-8, found the byte 0x{raw[fault.start]:02x} at offset {fault.start}"
        problems.append(error("not-utf8", message, Place(name, line, column), "save the file as UTF-8"))
        return before, tuple(problems)
    if (quick := quick_value(text, DEPTH)) is not None:
        return JsonFile(name, text, quick[0], True, QuickOffsets(text)), tuple(problems)
    reader = _Reader(name, text)
    file = reader.read()
    return file, (*problems, *reader.problems)


class _StopError(Exception):
    """Nothing sensible follows in this text."""


class _Reader:
    """Recursive descent over one text; `pointer` is carried along, and offsets are noted for each value."""

    def __init__(self, name: str, text: str) -> None:
        self.problems: list[Diagnostic] = []
        self._text = text
        self._offsets: dict[str, tuple[int, int]] = {}
        self._damaged: set[str] = set()
        self._places = JsonFile(name, text, None, False, self._offsets)

    def read(self) -> JsonFile:
        try:
            at = self._skip(0, "")
            value, at = self._value(at, "", -1, 1)
            at = self._skip(at, "")
            if at < len(self._text):
                raise self._stop("not-json", f"expected the end of the file, found {self._found(at)}", at, "")
        except _StopError:
            return self._places
        return JsonFile(self._places.name, self._text, value, True, self._offsets, self._damaged)

    def _value(self, at: int, pointer: str, key_at: int, depth: int) -> tuple[object, int]:
        self._offsets[pointer] = (key_at, at)
        match self._text[at : at + 1]:
            case '"':
                return self._string(at, pointer)
            case "{":
                return self._object(at, pointer, depth)
            case "[":
                return self._list(at, pointer, depth)
            case _:
                return self._scalar(at, pointer)

    def _object(self, start: int, pointer: str, depth: int) -> tuple[dict[str, object], int]:
        self._check_depth(start, pointer, depth)
        result: dict[str, object] = {}
        first_at: dict[str, int] = {}
        text, comma = self._text, -1
        at = self._skip(start + 1, pointer)
        while text[at : at + 1] != "}":
            key_at = at
            plain = _PLAIN_KEY.match(text, at)
            if plain is not None and plain[1].isascii():
                key, at = plain[1], plain.end()
            else:
                key, at = self._key(at, pointer, start)
                at = self._colon(self._skip(at, pointer), key, pointer)
            child = f"{pointer}/{escape(key)}" if "~" in key or "/" in key else f"{pointer}/{key}"
            if key in result:
                line, column = self._places.position(first_at[key])
                self._problem(
                    "duplicate-key", f"duplicate key `{key}`", key_at, child, f"the first one is at {line}:{column}"
                )
                _, at = self._value(at, f"{child}\0", key_at, depth + 1)
            else:
                first_at[key] = key_at
                result[key], at = self._value(at, child, key_at, depth + 1)
            passed = _PLAIN_COMMA.match(text, at)
            if passed is not None:
                comma, at = passed.start(1), passed.end()
            else:
                comma, at = self._comma(self._skip(at, pointer), "}", pointer, start)
        self._trailing_comma(comma, pointer)
        return result, at + 1

    def _list(self, start: int, pointer: str, depth: int) -> tuple[list[object], int]:
        self._check_depth(start, pointer, depth)
        result: list[object] = []
        comma = -1
        at = self._skip(start + 1, pointer)
        while self._text[at : at + 1] != "]":
            if at >= len(self._text):
                raise self._unclosed(at, "]", pointer, start)
            value, at = self._value(at, f"{pointer}/{len(result)}", -1, depth + 1)
            result.append(value)
            comma, at = self._comma(self._skip(at, pointer), "]", pointer, start)
        self._trailing_comma(comma, pointer)
        return result, at + 1

    def _key(self, at: int, pointer: str, start: int) -> tuple[str, int]:
        if self._text[at : at + 1] == '"':
            return self._string(at, pointer)
        if at >= len(self._text):
            raise self._unclosed(at, "}", pointer, start)
        loose = _QUOTED.match(self._text, at) or _WORD.match(self._text, at)
        message = f"expected a key in double quotes, found {self._found(at)}"
        if loose is None:
            raise self._stop("not-json", message, at, pointer)
        key = unicodedata.normalize("NFC", loose.group(loose.lastindex or 0))
        self._problem("not-json", message, at, pointer, f'write `"{key}"`')
        return key, loose.end()

    def _colon(self, at: int, key: str, pointer: str) -> int:
        if self._text[at : at + 1] != ":":
            raise self._stop("not-json", f"expected `:` after the key `{key}`, found {self._found(at)}", at, pointer)
        return self._skip(at + 1, pointer)

    def _comma(self, at: int, closing: str, pointer: str, start: int) -> tuple[int, int]:
        """The offset of the comma that was passed (or -1), and of what follows."""
        found = self._text[at : at + 1]
        if found == ",":
            return at, self._skip(at + 1, pointer)
        if found == closing:
            return -1, at
        if not found:
            raise self._unclosed(at, closing, pointer, start)
        message = f"expected `,` or `{closing}`, found {self._found(at)}"
        if found not in '"{[':
            raise self._stop("not-json", message, at, pointer, "a comma or a quotation mark is missing before it")
        self._problem("not-json", message, at, pointer, "separate the entries with a comma")
        return -1, at

    def _trailing_comma(self, comma: int, pointer: str) -> None:
        if comma >= 0:
            self._problem("trailing-comma", "a comma stands after the last entry", comma, pointer, "remove the comma")

    def _scalar(self, at: int, pointer: str) -> tuple[object, int]:
        number = _NUMBER.match(self._text, at)
        if number is not None:
            return self._number(number, pointer), number.end()
        word = _WORD.match(self._text, at)
        if word is not None:
            found = word.group()
            if found in _LITERALS:
                return _LITERALS[found], word.end()
            code = "bad-number" if found[0] in "+-.0123456789" or found in ("NaN", "Infinity") else "not-json"
            wanted = "a number as JSON writes it" if code == "bad-number" else "a value"
            self._problem(code, f"expected {wanted}, found `{_short(found)}`", at, pointer, _WORD_HELP.get(found))
            self._damaged.add(pointer)
            return None, word.end()
        quoted = _QUOTED.match(self._text, at)
        if quoted is not None:
            self._problem("not-json", "expected text in double quotes, found single quotes", at, pointer)
            return unicodedata.normalize("NFC", quoted.group(1)), quoted.end()
        raise self._stop("not-json", f"expected a value, found {self._found(at)}", at, pointer)

    def _number(self, number: re.Match[str], pointer: str) -> float | int | None:
        text = number.group()
        is_whole = number.lastindex is None
        if is_whole and len(text) <= 17:
            whole = int(text)
            if abs(whole) <= LARGEST_NUMBER:
                return -0.0 if text == "-0" else whole
        elif not is_whole:
            value = float(text)
            if not isinf(value) and abs(value) <= LARGEST_NUMBER:
                return value
        message = f"expected a number between -{LARGEST_NUMBER} and {LARGEST_NUMBER}, found `{_short(text)}`"
        help_line = "ids and other long numbers are text: put them in double quotes"
        self._problem("number-too-large", message, number.start(), pointer, help_line)
        self._damaged.add(pointer)
        return None

    def _string(self, start: int, pointer: str) -> tuple[str, int]:
        plain = _PLAIN.match(self._text, start)
        if plain is not None:
            found = plain.group(1)
            return found if found.isascii() else unicodedata.normalize("NFC", found), plain.end()
        parts: list[str] = []
        at = start + 1
        while True:
            chunk = _CHUNK.match(self._text, at)
            assert chunk is not None, "the pattern accepts the empty text"
            parts.append(chunk.group())
            at = chunk.end()
            match self._text[at : at + 1]:
                case '"':
                    return unicodedata.normalize("NFC", "".join(parts)), at + 1
                case "\\":
                    part, at = self._escape(at, pointer)
                    parts.append(part)
                case "" | "\n" | "\r":
                    raise self._stop(
                        "not-json", 'expected `"` at the end of the text, found the end of the line', start, pointer
                    )
                case control:
                    code = ord(control)
                    message = f"expected text without control characters, found U+{code:04X}"
                    self._problem("bad-text", message, at, pointer, f"write `\\u{code:04x}`")
                    parts.append(control)
                    at += 1

    def _escape(self, at: int, pointer: str) -> tuple[str, int]:
        kind = self._text[at + 1 : at + 2]
        if kind in _ESCAPES:
            return _ESCAPES[kind], at + 2
        unit = self._unit(at)
        if unit is None:
            message = f"expected an escape of JSON, found `{self._text[at : at + 2]}`"
            self._problem("bad-text", message, at, pointer, "write a backslash as `\\\\`")
            return "", at + 1
        low = self._unit(at + 6) if 0xD800 <= unit < 0xDC00 else None
        if low is not None and 0xDC00 <= low < 0xE000:
            return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), at + 12
        if 0xD800 <= unit < 0xE000:
            message = f"expected a character, found the lone surrogate `{self._text[at : at + 6]}`"
            self._problem("bad-text", message, at, pointer, "write the character itself, or both halves of its pair")
            return "\ufffd", at + 6
        return chr(unit), at + 6

    def _unit(self, at: int) -> int | None:
        """The UTF-16 unit of the escape `\\uXXXX` at this place."""
        if self._text[at : at + 2] != "\\u":
            return None
        digits = _HEX.match(self._text, at + 2)
        return None if digits is None else int(digits.group(), 16)

    def _skip(self, at: int, pointer: str) -> int:
        """The offset of the next character that is neither space nor comment."""
        while True:
            space = _SPACE.match(self._text, at)
            assert space is not None, "the pattern accepts the empty text"
            at = space.end()
            if self._text[at : at + 1] not in ("/", "#"):
                return at
            comment = _COMMENT.match(self._text, at)
            if comment is None:
                return at
            self._problem(
                "comment", "expected JSON, found a comment", at, pointer, 'every object may have a "description"'
            )
            at = comment.end()

    def _check_depth(self, at: int, pointer: str, depth: int) -> None:
        if depth > DEPTH:
            raise self._stop(
                "too-deep", f"expected at most {DEPTH} levels of nesting", at, pointer, "name the parts as cohorts"
            )

    def _unclosed(self, at: int, closing: str, pointer: str, start: int) -> _StopError:
        line, column = self._places.position(start)
        message = f"expected `{closing}`, found the end of the file"
        return self._stop("not-json", message, at, pointer, f"`{self._text[start]}` was opened at {line}:{column}")

    def _found(self, at: int) -> str:
        if at >= len(self._text):
            return "the end of the file"
        word = _WORD.match(self._text, at)
        return f"`{_short(word.group()) if word else self._text[at]}`"

    def _problem(self, code: str, message: str, at: int, pointer: str, help_line: str | None = None) -> None:
        line, column = self._places.position(at)
        place = Place(self._places.name, line, column, pointer.partition("\0")[0])
        self.problems.append(error(code, message, place, help_line))
        if len(self.problems) >= _PROBLEMS:
            raise _StopError

    def _stop(self, code: str, message: str, at: int, pointer: str, help_line: str | None = None) -> _StopError:
        self._problem(code, message, at, pointer, help_line)
        return _StopError()


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
