"""Makes JavaScript short: no comments, no blanks, one-letter names, each repeated text once.

It reads the JavaScript that this target writes itself, not any other: statements end in semicolons; names are declared
by `const`, `let`, `function`, as parameters, or by `catch`; a name means the same thing, or things that never meet, in
the whole text. So a name can be replaced everywhere at once. Members (after a dot) and keys of literals stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product

KEPT = frozenset({"handler", "cf", "crypto"})
"""Names that the platform gives or asks for."""

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)
  | (?P<number>(?:0x[0-9a-fA-F]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?))
  | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<sign>>>>=|===|!==|>>>|<<=|>>=|=>|==|!=|<=|>=|&&|\|\||\+\+|--|<<|>>|[-+*/%&|^]=|[-+*/%&|^!~?:=<>.,;(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BEFORE_REGEX = frozenset(["(", ",", "=", ":", "[", "!", "&", "|", "?", "{", "}", ";", "=>", "&&", "||", "return"])
_RESERVED = frozenset(["do", "if", "in", "as", "of", "is", "at"])
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$"
_DECLARING = ("const", "let")


def minify(source: str) -> str:
    """`source` with the same meaning in fewer bytes; the same bytes every time."""
    tokens = _merge_declarations(list(_tokens(source)))
    tokens = _share_texts(tokens)
    return _join(_rename(tokens))


def names_in(source: str) -> frozenset[str]:
    """All names that `source` reads or declares, members of objects left out."""
    tokens = list(_tokens(source))
    return frozenset(token for at, token in enumerate(tokens) if _is_name(token) and not _is_member(tokens, at))


def places_of(source: str, name: str) -> list[int]:
    """Where `name` is read in `source`: not inside texts, nor as a member."""
    spans = list(_spans(source))
    tokens = [token for _, token in spans]
    return [start for at, (start, token) in enumerate(spans) if token == name and not _is_member(tokens, at)]


def is_call(source: str) -> bool:
    """Whether `source` is one call `name(...)`."""
    tokens = list(_tokens(source))
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token == "(") - (token == ")")
        if token == ")" and depth == 0:
            return at == len(tokens) - 1 and _is_name(tokens[0]) and tokens[1] == "("
    return False


def _tokens(source: str) -> Iterator[str]:
    return (token for _, token in _spans(source))


def _spans(source: str) -> Iterator[tuple[int, str]]:
    """Each token with its place."""
    at = 0
    last = ";"
    while at < len(source):
        if source[at] == "/" and last in _BEFORE_REGEX and source[at + 1] not in "/*":
            found = _REGEX.match(source, at)
        else:
            found = _TOKEN.match(source, at)
        assert found is not None, f"minify: no token at {source[at : at + 40]!r}"
        at = found.end()
        if found.lastgroup == "blank":
            continue
        last = found.group()
        yield found.start(), last


def _merge_declarations(tokens: list[str]) -> list[str]:
    """`const a=1;const b=2;` becomes `const a=1,b=2;`, on each level of braces."""
    result: list[str] = []
    # For each level of braces what the statement that runs there declares with, and whether one has just ended.
    running: list[str | None] = [None]
    ended: list[str | None] = [None]
    for at, token in enumerate(tokens):
        if ended[-1] is not None:
            if token == ended[-1] and _starts_statement(result):
                result[-1] = ","
                running[-1], ended[-1] = token, None
                continue
            ended[-1] = None
        if token in "({[":
            running.append(None)
            ended.append(None)
        elif token in ")}]":
            running.pop()
            ended.pop()
        elif token in _DECLARING and (at == 0 or tokens[at - 1] in (";", "{", "}")):
            running[-1] = token
        elif token == ";":
            ended[-1], running[-1] = running[-1], None
        result.append(token)
    return result


def _starts_statement(result: list[str]) -> bool:
    return bool(result) and result[-1] == ";"


def _share_texts(tokens: list[str]) -> list[str]:
    """Give a text that stands at several places a name, where that is shorter."""
    counts = Counter(token for at, token in enumerate(tokens) if _is_text(token) and not _is_import(tokens, at))
    shared = [
        token for token, count in counts.items() if count * len(token.encode()) > len(token.encode()) + 2 * count + 4
    ]
    if not shared:
        return tokens
    names = {
        token: f"text_{number}" for number, token in enumerate(sorted(shared, key=lambda one: (-counts[one], one)))
    }
    declared = ["const"]
    for token, name in names.items():
        declared += [name, "=", token, ","]
    declared[-1] = ";"
    body = [token if _is_import(tokens, at) else names.get(token, token) for at, token in enumerate(tokens)]
    start = _end_of_imports(body)
    if body[start] == "const":
        declared[-1] = ","
        return [*body[:start], *declared, *body[start + 1 :]]
    return [*body[:start], *declared, *body[start:]]


def _end_of_imports(tokens: list[str]) -> int:
    at = 0
    while tokens[at] == "import":
        at = tokens.index(";", at) + 1
    return at


def _is_import(tokens: list[str], at: int) -> bool:
    return at > 0 and tokens[at - 1] == "from"


def _rename(tokens: list[str]) -> list[str]:
    """Give each variable the shortest name that no other one of the same statement has, the most used ones first."""
    statements = _statements(tokens)
    everywhere = {name for name, depth in _declared(tokens) if depth == 0} - KEPT
    known = {name for name, _ in _declared(tokens)} - KEPT
    # A variable is a name, and the statement that it belongs to where it is not one of the whole file.
    variables: dict[tuple[str, int], list[int]] = {}
    taken = set(KEPT)
    for at, token in enumerate(tokens):
        if token in known and not _is_member(tokens, at):
            variables.setdefault((token, -1 if token in everywhere else statements[at]), []).append(at)
        elif _is_name(token):
            taken.add(token)
    used: dict[int, set[str]] = {statement: set(taken) for statement in (-1, *statements)}
    result = list(tokens)
    for (_, belongs), places in sorted(variables.items(), key=lambda item: (-len(item[1]), item[1][0])):
        # Those of the whole file differ from each other, wherever they are read.
        within = {statements[at] for at in places} | ({-1} if belongs < 0 else set())
        name = next(name for name in _short_names() if not any(name in used[statement] for statement in within))
        for statement in within:
            used[statement].add(name)
        for at in places:
            result[at] = name
    return result


def _statements(tokens: list[str]) -> list[int]:
    """For each token the number of the outermost declaration that it stands in."""
    found = []
    depth = number = 0
    for token in tokens:
        depth += (token in "({[") - (token in ")}]")
        found.append(number)
        if depth == 0 and token in ";},":
            number += 1
    return found


def _short_names() -> Iterator[str]:
    yield from _LETTERS
    for pair in product(_LETTERS, repeat=2):
        if "".join(pair) not in _RESERVED:
            yield "".join(pair)


def _declared(tokens: list[str]) -> set[tuple[str, int]]:
    """Each name that is declared, with the depth of braces where it is."""
    found: set[tuple[str, int]] = set()
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token in "({[") - (token in ")}]")
        if token in _DECLARING:
            found.update((name, depth) for name in _declarators(tokens, at + 1))
        elif token == "function" and _is_name(tokens[at + 1]):
            found.add((tokens[at + 1], depth))
            found.update((name, depth + 1) for name in _parameters(tokens, at + 2))
        elif token == "catch":
            found.update((name, depth + 1) for name in _parameters(tokens, at + 1))
        elif token == "=>":
            names = [tokens[at - 1]] if _is_name(tokens[at - 1]) else _parameters(tokens, _opening(tokens, at - 1))
            found.update((name, depth + 1) for name in names)
    return found


def _declarators(tokens: list[str], at: int) -> Iterator[str]:
    """The names of `a = 1, b` up to the semicolon."""
    depth = 0
    is_name = True
    while depth or tokens[at] != ";":
        token = tokens[at]
        if is_name:
            yield token
            is_name = False
        if token in "({[":
            depth += 1
        elif token in ")}]":
            depth -= 1
        elif token == "," and not depth:
            is_name = True
        at += 1


def _parameters(tokens: list[str], at: int) -> Iterator[str]:
    assert tokens[at] == "("
    while tokens[at] != ")":
        if _is_name(tokens[at]):
            yield tokens[at]
        at += 1


def _opening(tokens: list[str], at: int) -> int:
    while tokens[at] != "(":
        at -= 1
    return at


def _is_member(tokens: list[str], at: int) -> bool:
    """After a dot, or a key of an object's literal."""
    before = tokens[at - 1] if at else ";"
    after = tokens[at + 1] if at + 1 < len(tokens) else ";"
    return before == "." or (after == ":" and before in ("{", ","))


def _is_name(token: str) -> bool:
    return (token[0].isalpha() or token[0] in "_$") and token not in _KEYWORDS


def _is_text(token: str) -> bool:
    return token[0] in "\"'"


_KEYWORDS = frozenset(
    (
        "async", "await", "break", "catch", "const", "continue", "else", "false", "for", "from", "function", "if",
        "import", "in", "let", "new", "null", "return", "true", "try", "typeof", "void", "while",
    )
)  # fmt: skip


def _join(tokens: list[str]) -> str:
    parts: list[str] = []
    for at, token in enumerate(tokens):
        # The last semicolon of a block is not needed.
        if token == ";" and at + 1 < len(tokens) and tokens[at + 1] == "}" and tokens[at - 1] not in (")", ";"):
            continue
        if parts and _touch(parts[-1], token):
            parts.append(" ")
        parts.append(token)
    return "".join(parts)


def _touch(left: str, right: str) -> bool:
    """Whether two tokens would become another one without a blank between them."""
    if (left[-1].isalnum() or left[-1] in "_$") and (right[0].isalnum() or right[0] in "_$."):
        return right[0] != "." or (left[0].isdigit() and left.isdigit()) or (left in _KEYWORDS and right != ".")
    return left[-1] in "+-" and right[0] == left[-1]
