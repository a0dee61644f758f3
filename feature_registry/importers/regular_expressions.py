r"""Regular expressions of JavaScript as patterns of a registry: searching becomes matching the whole text.

Carried over: literals, classes, `.`, `\d \w \s` and their opposites, groups, choices, repetitions (lazy ones match the
same texts), `^` and `$` at the ends of a choice that is not in a group, and ignoring case (of ASCII letters, and of
others letter by letter). Not: lookaround, backreferences, `\b`, anchors elsewhere.
"""

from __future__ import annotations

from feature_registry.importers.errors import NotCarriedError

_ANYTHING = r"[\d\D]*"
_DOT = r"[^\n\r\u2028\u2029]"
_SPACES = r" \t\n\r\u000b\u000c\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_CONTROLS = {"t": r"\t", "n": r"\n", "r": r"\r", "v": r"\u000b", "f": r"\u000c"}
_LONGEST = 512
_DEEPEST = 30


class InvalidExpressionError(ValueError):
    """The text is no regular expression of JavaScript."""


def pattern_of(source: str, *, ignore_case: bool = False) -> str:
    """The pattern that matches the texts in which the expression is found.

    Raises InvalidExpressionError, and NotCarriedError for what patterns do not know.
    """
    if len(source) > _LONGEST:
        raise NotCarriedError("regular-expression", f"the regular expression has more than {_LONGEST} characters")
    return _Reader(source, ignore_case).whole()


def literal(text: str) -> str:
    """The text as a pattern of itself."""
    return "".join(map(_escaped, text))


class _Reader:
    def __init__(self, source: str, ignore_case: bool) -> None:
        self._source, self._at, self._ignore_case = source, 0, ignore_case

    def whole(self) -> str:
        choices = [self._outer_choice()]
        while self._accept("|"):
            choices.append(self._outer_choice())
        if self._at < len(self._source):
            raise InvalidExpressionError
        return "|".join(choices)

    def _outer_choice(self) -> str:
        starts = False
        while self._accept("^"):
            starts = True
        if self._peek() in ("*", "+", "?"):
            raise InvalidExpressionError
        parts, ends = self._sequence(0, outer=True)
        return ("" if starts else _ANYTHING) + parts + ("" if ends else _ANYTHING)

    def _sequence(self, depth: int, *, outer: bool = False) -> tuple[str, bool]:
        parts: list[str] = []
        while (character := self._peek()) and character not in "|)":
            if character == "$" and outer:
                if self._source[self._at + 1 : self._at + 2] in ("", "|"):
                    self._at += 1
                    return "".join(parts), True
                raise _unknown("the anchor `$` inside")
            parts.append(self._quantified(self._atom(depth)))
        return "".join(parts), False

    def _atom(self, depth: int) -> str:
        character = self._take()
        match character:
            case "(":
                return self._group(depth)
            case "[":
                return self._class()
            case ".":
                return _DOT
            case "\\":
                return self._escape(inside=False)
            case "^" | "$":
                raise _unknown(f"the anchor `{character}` inside")
            case "*" | "+" | "?":
                raise InvalidExpressionError
            case "{":
                if self._bounds(self._at - 1) is not None:
                    raise InvalidExpressionError
                return r"\{"
            case _:
                return self._cased(character)

    def _group(self, depth: int) -> str:
        if depth == _DEEPEST:
            raise _unknown(f"groups nested more than {_DEEPEST} deep")
        if self._accept("?"):
            if self._accept("<") and self._peek() not in ("=", "!"):
                end = self._source.find(">", self._at)
                if end <= self._at:
                    raise InvalidExpressionError
                self._at = end + 1
            elif not self._accept(":"):
                if self._peek() in ("=", "!"):
                    raise _unknown("lookaround")
                raise InvalidExpressionError
        choices = [self._sequence(depth + 1)[0]]
        while self._accept("|"):
            choices.append(self._sequence(depth + 1)[0])
        if not self._accept(")"):
            raise InvalidExpressionError
        return f"(?:{'|'.join(choices)})"

    def _quantified(self, atom: str) -> str:
        character = self._peek()
        if character in ("*", "+", "?"):
            quantifier = self._take()
        elif character == "{" and (end := self._bounds(self._at)) is not None:
            quantifier = self._source[self._at : end]
            self._at = end
            low, _, high = quantifier[1:-1].partition(",")
            if high and int(high) < int(low):
                raise InvalidExpressionError
        else:
            return atom
        self._accept("?")
        if self._peek() in ("*", "+", "?") or (self._peek() == "{" and self._bounds(self._at) is not None):
            raise InvalidExpressionError
        return atom + quantifier

    def _bounds(self, at: int) -> int | None:
        """Where the repetition `{n}`, `{n,}` or `{n,m}` at `at` ends; None when there is none."""
        end = self._source.find("}", at)
        low, comma, high = self._source[at + 1 : max(end, at + 1)].partition(",")
        is_number = low.isdecimal() and low.isascii() and (not high or (high.isdecimal() and high.isascii()))
        return end + 1 if end > 0 and is_number and (comma or not high) and len(low) < 9 and len(high) < 9 else None

    def _class(self) -> str:
        negated = self._accept("^")
        items: list[str] = []
        while not self._accept("]"):
            if self._at >= len(self._source):
                raise InvalidExpressionError
            items.append(self._class_item())
        if not items:
            if negated:
                return r"[\d\D]"
            raise _unknown("the empty class `[]`")
        return f"[{'^' if negated else ''}{''.join(items)}]"

    def _class_item(self) -> str:
        low = self._class_member()
        if self._peek() != "-" or self._source[self._at + 1 : self._at + 2] in ("", "]"):
            return self._cased_member(low)
        self._at += 1
        high = self._class_member()
        if not isinstance(low, int) or not isinstance(high, int):
            return f"{self._cased_member(low)}\\-{self._cased_member(high)}"
        if high < low:
            raise InvalidExpressionError
        return self._cased_range(low, high)

    def _class_member(self) -> int | str:
        character = self._take()
        if character != "\\":
            return ord(character)
        if self._peek() == "b":
            self._at += 1
            return 8
        found = self._escape(inside=True)
        return found if found[:1] == "\\" and found[1:2] in "dDwWsS" or len(found) > 12 else _code(found)

    def _escape(self, *, inside: bool) -> str:
        if self._at >= len(self._source):
            raise InvalidExpressionError
        letter = self._take()
        if letter in "dDwW":
            return f"\\{letter}"
        if letter == "s":
            return _SPACES if inside else f"[{_SPACES}]"
        if letter == "S":
            if inside:
                raise _unknown(r"`\S` in a class")
            return f"[^{_SPACES}]"
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter in "ux":
            length = 4 if letter == "u" else 2
            digits = self._source[self._at : self._at + length]
            if len(digits) == length and set(digits) <= set("0123456789abcdefABCDEF"):
                self._at += length
                return self._cased(chr(int(digits, 16)), inside=inside)
            return self._cased(letter, inside=inside)
        if letter == "0" and not self._peek().isdecimal():
            return r"\u0000"
        if letter.isdigit() or letter in "kcbBpP":
            raise _unknown(f"the escape `\\{letter}`")
        return self._cased(letter, inside=inside)

    def _cased(self, character: str, *, inside: bool = False) -> str:
        if not self._ignore_case or inside or (both := _cases(character)) == {character}:
            return _escaped(character)
        return f"[{''.join(map(_escaped, sorted(both)))}]"

    def _cased_member(self, member: int | str) -> str:
        if isinstance(member, str):
            return member
        both = sorted(_cases(chr(member))) if self._ignore_case else [chr(member)]
        return "".join(map(_escaped, both))

    def _cased_range(self, low: int, high: int) -> str:
        plain = f"{_escaped(chr(low))}-{_escaped(chr(high))}"
        if not self._ignore_case:
            return plain
        if high - low > 512:
            raise _unknown("a long range of a class without case")
        others = {
            other for code in range(low, high + 1) for other in _cases(chr(code)) if not low <= ord(other) <= high
        }
        return plain + "".join(map(_escaped, sorted(others)))

    def _peek(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._source[self._at - 1]

    def _accept(self, text: str) -> bool:
        if self._peek() == text:
            self._at += 1
            return True
        return False


def _unknown(what: str) -> NotCarriedError:
    return NotCarriedError("regular-expression", f"patterns do not know {what} of a regular expression")


def _escaped(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    if " " <= character <= "~":
        return f"\\{character}"
    if "\ud800" <= character <= "\udfff":
        raise _unknown("halves of a character")
    return f"\\u{{{ord(character):x}}}"


def _code(text: str) -> int:
    """The code point of an escape as patterns write it."""
    if text in _CONTROLS.values() and len(text) == 2:
        return {"t": 9, "n": 10, "r": 13}[text[1]]
    if text.startswith("\\u{"):
        return int(text[3:-1], 16)
    if text.startswith("\\u"):
        return int(text[2:], 16)
    return ord(text[-1])


def _cases(character: str) -> set[str]:
    """All characters that are the same when case is ignored (ECMA-262, Canonicalize without the flag u)."""
    upper = character.upper()
    if len(upper) != 1 or (not character.isascii() and upper.isascii()):
        return {character}
    found = {character, upper, *(other for other in upper.lower() if len(upper.lower()) == 1)}
    return {
        other for other in found if other.upper() == upper and (other.isascii() == upper.isascii() or other == upper)
    }
