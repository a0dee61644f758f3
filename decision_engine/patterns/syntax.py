r"""The syntax of patterns: a parser from text to a tree.

    pattern    = choice { "|" choice }
    choice     = { atom [ quantifier ] }                      an empty choice matches the empty text
    atom       = literal | escape | "." | class | "(" pattern ")" | "(?:" pattern ")"
    quantifier = "*" | "+" | "?" | "{n}" | "{n,}" | "{n,m}"   bounds of at most 256
    class      = "[" ["^"] item { item } "]"                  "-" is itself first or last only; "[" is written "\["
    item       = character | escape | character "-" character
    escape     = "\" ASCII punctuation or space               the character itself
               | "\d" | "\w" | "\s" | "\D" | "\W" | "\S"      ASCII: [0-9], [A-Za-z0-9_], [ \t\n\r\f\v], and all others
               | "\t" | "\n" | "\r" | "\uXXXX" | "\u{X...}"   one code point by its number, never a surrogate

The literal characters are all but . \ [ ] ( ) { } * + ? | ^ $. The point matches any code point but the line feed. A
pattern always describes the whole text. Everything else that other engines know is refused, with a line that says what
to write.
"""

from __future__ import annotations

from decision_engine.patterns.code_points import (
    FIRST_SURROGATE,
    LAST_CODE_POINT,
    LAST_SURROGATE,
    CodePoints,
    code_points,
    complement,
)
from decision_engine.patterns.errors import PatternError
from decision_engine.patterns.refused import refused_escape, refused_group
from decision_engine.patterns.tree import EMPTY, Character, Choice, Pattern, Repeat, Sequence

MAX_LENGTH = 512
MAX_REPETITION = 256
MAX_DEPTH = 32


_SHORTHANDS = {
    "d": code_points([(0x30, 0x39)]),
    "w": code_points([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]),
    "s": code_points([(0x09, 0x0D), (0x20, 0x20)]),
}
_CLASSES = _SHORTHANDS | {letter.upper(): complement(points) for letter, points in _SHORTHANDS.items()}
_CONTROLS = {"t": 0x09, "n": 0x0A, "r": 0x0D}
_NOT_LINE_FEED = complement(((0x0A, 0x0A),))
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_ESCAPED = "write `\\{0}` for the character itself"


def parse(source: str) -> Pattern:
    """The tree of the pattern `source`, of at most 512 code points and 32 nested groups; else `PatternError`."""
    if len(source) > MAX_LENGTH:
        raise PatternError(
            f"expected a pattern of at most {MAX_LENGTH} characters, found {len(source)}",
            MAX_LENGTH,
            "split it into several conditions, joined with `any` or `all`",
        )
    parser = _Parser(source)
    tree = parser.pattern(0)
    if parser.at < len(source):  # the parser stops early at a closing parenthesis only
        raise PatternError("`)` closes no group", parser.at, _ESCAPED.format(")"))
    return tree


class _Parser:
    """Recursive descent over `source`; `at` is the next code point. A method's `start` is where its construct began."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def pattern(self, depth: int) -> Pattern:
        choices = [self.choice(depth)]
        while self.accept("|"):
            choices.append(self.choice(depth))
        distinct = tuple(dict.fromkeys(choices))
        return distinct[0] if len(distinct) == 1 else Choice(distinct)

    def choice(self, depth: int) -> Pattern:
        items: list[Pattern] = []
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            item = self.quantified(self.atom(depth))
            if item != EMPTY:
                items.append(item)
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def atom(self, depth: int) -> Pattern:
        start = self.at
        character = self.take()
        match character:
            case "(":
                return self.group(start, depth)
            case "[":
                return Character(self.character_class(start))
            case "\\":
                return Character(self.escape(start))
            case ".":
                return Character(_NOT_LINE_FEED)
            case "*" | "+" | "?" | "{":
                raise PatternError(f"`{character}` repeats nothing", start, _ESCAPED.format(character))
            case "]" | "}":
                raise PatternError(f"`{character}` closes nothing", start, _ESCAPED.format(character))
            case "^" | "$":
                raise PatternError(
                    f"the anchor `{character}` is not part of patterns",
                    start,
                    "leave it out: the whole text is matched anyway; put `.*` around a part to find it anywhere",
                )
        return Character(self.checked(((ord(character), ord(character)),), start))

    def group(self, start: int, depth: int) -> Pattern:
        if depth == MAX_DEPTH:
            raise PatternError(
                f"groups nest more than {MAX_DEPTH} deep", start, "remove parentheses that hold nothing together"
            )
        if self.source.startswith("?", self.at) and not self.accept("?:"):
            raise refused_group(self.source, start)
        inside = self.pattern(depth + 1)
        if not self.accept(")"):
            raise PatternError("the group opened here is never closed", start, f"add `)`, or {_ESCAPED.format('(')}")
        return inside

    def quantified(self, item: Pattern) -> Pattern:
        start = self.at
        bounds = self.quantifier()
        if bounds is None:
            return item
        self.refuse_second_quantifier(start)
        low, high = bounds
        return EMPTY if item == EMPTY or high == 0 else Repeat(item, low, high)

    def quantifier(self) -> tuple[int, int | None] | None:
        start = self.at
        if start == len(self.source) or self.source[start] not in "*+?{":
            return None
        if (simple := _QUANTIFIERS.get(self.take())) is not None:
            return simple
        low = self.bound(start)
        high: int | None = low
        if self.accept(","):
            high = None if self.source.startswith("}", self.at) else self.bound(start)
        if not self.accept("}"):
            raise self.bad_bounds(start)
        if high is not None and high < low:
            raise PatternError(
                f"expected the smaller bound first, found `{self.source[start : self.at]}`",
                start,
                f"write `{{{high},{low}}}`",
            )
        return low, high

    def bound(self, start: int) -> int:
        first = self.at
        while self.at < len(self.source) and self.source[self.at] in "0123456789":
            self.at += 1
        if first == self.at:
            raise self.bad_bounds(start)
        digits = self.source[first : self.at].lstrip("0") or "0"
        if len(digits) > 3 or int(digits) > MAX_REPETITION:
            raise PatternError(
                f"expected at most {MAX_REPETITION} repetitions, found `{self.source[first : self.at]}`",
                first,
                "repeat fewer times, or without an end: `*`, `+` or `{n,}`",
            )
        return int(digits)

    def bad_bounds(self, start: int) -> PatternError:
        return PatternError(
            "`{` begins no repetition",
            start,
            "write `{n}`, `{n,}` or `{n,m}` (`{0,m}` for at most m), or `\\{` for the character itself",
        )

    def refuse_second_quantifier(self, first: int) -> None:
        if self.at == len(self.source) or (second := self.source[self.at]) not in "*+?{":
            return
        found = self.source[first : self.at + 1]
        if second in "*{":
            raise PatternError(f"`{found}` repeats a repetition", self.at, "put the inner one in a group: `(?:...)`")
        kind = "lazy" if second == "?" else "possessive"
        raise PatternError(
            f"the {kind} repetition `{found}` is not part of patterns",
            self.at,
            f"leave out the second `{second}`: the whole text matches or not, whatever is tried first",
        )

    def character_class(self, start: int) -> CodePoints:
        negated = self.accept("^")
        first = self.at
        ranges: list[tuple[int, int]] = []
        while not (closed := self.accept("]")) and self.at < len(self.source):
            ranges += self.class_item(first)
        if not closed:
            raise PatternError("the class opened here is never closed", start, f"add `]`, or {_ESCAPED.format('[')}")
        points = code_points(ranges)
        points = complement(points) if negated else points
        if not ranges or not points:
            raise PatternError(
                f"the class `{self.source[start : self.at]}` holds no character",
                start,
                "name a character; in a class, write `\\]` for `]`",
            )
        return points

    def class_item(self, first: int) -> CodePoints:
        start = self.at
        if self.accept("-"):
            if start == first or self.source.startswith("]", self.at):
                return ((ord("-"), ord("-")),)
            raise PatternError(
                "`-` stands between no two characters",
                start,
                "write `\\-` for the character itself, or put it first or last in the class",
            )
        low = self.class_member()
        if self.source.startswith("-]", self.at) or not self.accept("-") or self.at == len(self.source):
            return low
        high = () if self.source.startswith("-", self.at) else self.class_member()
        if not (_is_single(low) and _is_single(high) and low <= high):
            raise PatternError(
                f"`{self.source[start : self.at]}` is not a range from one character up to another",
                start,
                "write the lower character first, and single ones on both sides; write `\\-` for the character itself",
            )
        return code_points([(low[0][0], high[0][0])])

    def class_member(self) -> CodePoints:
        start = self.at
        character = self.take()
        if character == "\\":
            return self.escape(start)
        if character == "[":
            raise PatternError("`[` stands inside a class", start, "write `\\[`; classes such as [:alpha:] are unknown")
        return self.checked(((ord(character), ord(character)),), start)

    def escape(self, start: int) -> CodePoints:
        if self.at == len(self.source):
            raise PatternError("the pattern ends after `\\`", start, _ESCAPED.format("\\"))
        letter = self.take()
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter == "u":
            return self.numbered(start)
        if letter in _CONTROLS:
            return ((_CONTROLS[letter], _CONTROLS[letter]),)
        if " " <= letter <= "~" and not letter.isalnum():
            return ((ord(letter), ord(letter)),)
        raise refused_escape(self.source, start)

    def numbered(self, start: int) -> CodePoints:
        if self.accept("{"):
            end = self.source.find("}", self.at)
            digits = self.source[self.at : max(end, self.at)]
            self.at = end + 1
        else:
            digits = self.source[self.at : self.at + 4]
            self.at += 4
            digits = digits if len(digits) == 4 else ""
        if not 1 <= len(digits) <= 6 or not set(digits) <= set("0123456789abcdefABCDEF"):
            raise PatternError("`\\u` is not followed by a number", start, "write `\\u00E9` or `\\u{1F600}`")
        value = int(digits, 16)
        if value > LAST_CODE_POINT:
            raise PatternError(f"`{digits}` is above the last code point", start, "write at most `\\u{10FFFF}`")
        return self.checked(((value, value),), start)

    def checked(self, point: CodePoints, start: int) -> CodePoints:
        if FIRST_SURROGATE <= point[0][0] <= LAST_SURROGATE:
            raise PatternError(
                f"the surrogate `{point[0][0]:04X}` is no character", start, "write the whole code point: `\\u{1F600}`"
            )
        return point

    def accept(self, text: str) -> bool:
        if self.source.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def take(self) -> str:
        self.at += 1
        return self.source[self.at - 1]


def _is_single(points: CodePoints) -> bool:
    return len(points) == 1 and points[0][0] == points[0][1]
