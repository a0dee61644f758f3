"""Templates of slots: HTML with holes for a payload's fields, read strictly, each hole with the context it stands in.

    <a class="hero" href="{link}"><h2>{title}</h2></a>

Elements and attributes are those of `ELEMENTS` and `ATTRIBUTES`: none that runs a program, loads styles, frames a page.
A hole in text or in an attribute's value is escaped for it. As an address, it must be one (`safe_urls.py`), or stands
behind a path, where it is percent-encoded. Holes stand nowhere else. `{{` and `}}` are braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn, TypeAlias

from feature_registry.safe_urls import is_safe_url
from feature_registry.values import BadValueError

LONGEST_TEMPLATE = 16_384
MOST_HOLES = 64

ELEMENTS = frozenset(
    {
        "a", "abbr", "article", "aside", "b", "bdi", "blockquote", "br", "button", "cite", "dd", "del", "div", "dl",
        "dt", "em", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i",
        "img", "ins", "kbd", "li", "mark", "nav", "ol", "p", "picture", "q", "s", "section", "small", "source",
        "span", "strong", "sub", "sup", "time", "u", "ul", "var", "wbr",
    }
)  # fmt: skip
"""What a template may hold, and what an edit may touch."""
ATTRIBUTES = frozenset(
    {
        "alt", "class", "datetime", "decoding", "dir", "fetchpriority", "height", "hidden", "href", "id",
        "itemprop", "lang", "loading", "media", "rel", "role", "sizes", "src", "srcset", "tabindex", "target",
        "title", "type", "width",
    }
)  # fmt: skip
"""Besides `data-*` and `aria-*`."""
URL_ATTRIBUTES = frozenset({"href", "src"})
TEXT_ATTRIBUTES = ATTRIBUTES - URL_ATTRIBUTES - {"id", "rel", "srcset", "target", "type"}
"""Where a field may stand, escaped; the others are the template's own business."""

_VOID = frozenset({"br", "hr", "img", "source", "wbr"})
_PATH = re.compile(r"\.|[A-Za-z_][A-Za-z0-9_]{0,63}(?:\.[A-Za-z_][A-Za-z0-9_]{0,63}){0,7}")
_OPEN = re.compile(r"<([a-z][a-z0-9]*)((?:\s+[a-z][a-z0-9-]*(?:\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))?)*)\s*/?>")
_CLOSE = re.compile(r"</([a-z][a-z0-9]*)\s*>")
_ATTRIBUTE = re.compile(r"([a-z][a-z0-9-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_HOLE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_OWN_ATTRIBUTE = re.compile(r"(?:data|aria)-[a-z][a-z0-9-]*")

_PAGE = "see docs/delivery.md"
_BRACKET = "write `&lt;` for a bracket of the text"

Context: TypeAlias = Literal["text", "attribute", "url", "path"]
Part: TypeAlias = "str | Hole"


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for a field. `path` leads to it from the payload's value; it is empty for the value itself."""

    path: tuple[str, ...]
    context: Context


@dataclass(frozen=True, slots=True)
class Template:
    """Literal HTML in ASCII, and holes."""

    source: str
    parts: tuple[Part, ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))


def read_template(json: object) -> Template:
    """A template. Raises BadValueError."""
    if not isinstance(json, str):
        raise BadValueError("a template of HTML")
    if len(json) > LONGEST_TEMPLATE:
        _reject(f"a template of at most {LONGEST_TEMPLATE:,} characters", "show less, or let the page hold it")
    parts = tuple(_joined(_parts(json)))
    template = Template(json, parts)
    if len(template.holes) > MOST_HOLES:
        _reject(f"a template with at most {MOST_HOLES} fields", "show less")
    return template


def read_frame(json: object) -> Template:
    """What stands around items: a template whose only hole is `{items}`, in text. Raises BadValueError."""
    template = read_template(json)
    if template.holes != (Hole(("items",), "text"),):
        raise BadValueError(
            "a template with `{items}` once, in text, and no other field", "bad-template", "`<ul>{items}</ul>`"
        )
    return template


def read_field(json: object) -> tuple[str, ...]:
    """A path to a field of a payload: names joined by dots, or `.` for the payload itself. Raises BadValueError."""
    if not isinstance(json, str) or _PATH.fullmatch(json) is None:
        raise BadValueError("a field: names joined by `.`, or `.` for the payload itself", "bad-path")
    return () if json == "." else tuple(json.split("."))


def as_ascii(text: str) -> str:
    """HTML with numeric references for all that is not ASCII: right in any encoding of the page."""
    return "".join(letter if letter.isascii() else f"&#{ord(letter)};" for letter in text)


def _parts(text: str) -> Iterator[Part]:
    at = 0
    open_elements: list[str] = []
    while at < len(text):
        mark = text.find("<", at)
        end = len(text) if mark < 0 else mark
        if end > at:
            yield from _text(text[at:end])
        if mark < 0:
            break
        if (closing := _CLOSE.match(text, mark)) is not None:
            if not open_elements or open_elements.pop() != closing[1]:
                _reject("a template whose elements close in order", f"look at `</{closing[1]}>`")
            yield closing[0]
            at = closing.end()
            continue
        opening = _OPEN.match(text, mark)
        if opening is None:
            _reject(
                "a template of elements with their attributes in quotes", f"look at character {mark + 1}: {_BRACKET}"
            )
        name = opening[1]
        if name not in ELEMENTS:
            _reject("a template of elements that it may hold", f"not of `<{name}>`: {_PAGE}")
        yield from _element(name, opening[2])
        if name not in _VOID:
            open_elements.append(name)
        at = opening.end()
    if open_elements:
        _reject("a template whose elements are all closed", f"close `<{open_elements[-1]}>`")


def _element(name: str, attributes: str) -> Iterator[Part]:
    yield f"<{name}"
    seen: set[str] = set()
    for found in _ATTRIBUTE.finditer(attributes):
        attribute = found[1]
        if attribute not in ATTRIBUTES and _OWN_ATTRIBUTE.fullmatch(attribute) is None:
            _reject("a template with attributes that it may have", f"not with `{attribute}`: {_PAGE}")
        if attribute in seen:
            _reject("a template with each attribute once", f"`{attribute}` stands twice in `<{name}>`")
        seen.add(attribute)
        value = found[2] if found[2] is not None else found[3]
        if value is None:
            yield f" {attribute}"
            continue
        yield f' {attribute}="'
        yield from _value(attribute, value)
        yield '"'
    yield ">"


def _value(attribute: str, text: str) -> Iterator[Part]:
    parts = list(_holes(text, "attribute"))
    has_holes = any(isinstance(part, Hole) for part in parts)
    if attribute in URL_ATTRIBUTES:
        yield from _address(parts)
        return
    if has_holes and attribute not in TEXT_ATTRIBUTES and _OWN_ATTRIBUTE.fullmatch(attribute) is None:
        _reject("a template with fields where they may stand", f"not in the attribute `{attribute}`: {_PAGE}")
    yield from (as_ascii(part).replace('"', "&quot;") if isinstance(part, str) else part for part in parts)


def _address(parts: list[Part]) -> Iterator[Part]:
    """A whole address as a field, or fields behind a literal that says where it leads."""
    if len(parts) == 1 and isinstance(parts[0], Hole):
        yield Hole(parts[0].path, "url")
        return
    first = parts[0] if parts else ""
    literal = "".join(part if isinstance(part, str) else "x" for part in parts)
    leads = isinstance(first, str) and (first.startswith("/") or first.count("/") >= 3)
    if not leads or not is_safe_url(literal.replace("&amp;", "&")):
        _reject("a template whose addresses begin with `/` or `https://host/`, or are one field alone", _PAGE)
    yield from (part if isinstance(part, str) else Hole(part.path, "path") for part in parts)


def _text(text: str) -> Iterator[Part]:
    for part in _holes(text, "text"):
        yield as_ascii(part).replace(">", "&gt;") if isinstance(part, str) else part


def _holes(text: str, context: Context) -> Iterator[Part]:
    at = 0
    for found in _HOLE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()]
        at = found.end()
        if found[0] in ("{{", "}}"):
            yield found[0][0]
        elif found[1] is None or _PATH.fullmatch(found[1]) is None:
            _reject("a template with fields such as `{title}`", f"not `{found[0]}`; write `{{{{` for a brace")
        else:
            yield Hole(read_field(found[1]), context)
    if at < len(text):
        yield text[at:]


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Literals beside each other as one."""
    literal = ""
    for part in parts:
        if isinstance(part, str):
            literal += part
            continue
        if literal:
            yield literal
        literal = ""
        yield part
    if literal:
        yield literal


def _reject(expected: str, help: str) -> NoReturn:
    raise BadValueError(expected, "bad-template", help)
