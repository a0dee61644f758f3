"""Reads Markdown as the tests of the docs see it: fenced blocks, headings, links."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from tests.architecture.sources import ROOT, text_files

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after the fence, the text, and where it stands as `page:line`."""

    info: str
    text: str
    place: str


def pages() -> dict[str, str]:
    """Every Markdown page of the repository by its path from the root."""
    return {name: text for name, text in text_files().items() if name.endswith(".md")}


def read_page(page: str) -> str:
    """One page, by its path from the root."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, *infos: str) -> Iterator[Block]:
    """The fenced blocks of a page that have one of these words after the fence, in order."""
    text = read_page(page)
    for found in _FENCE.finditer(text):
        if found["info"] in infos:
            yield Block(found["info"], found["text"], f"{page}:{text.count(chr(10), 0, found.start()) + 1}")


def links(text: str) -> Iterator[str]:
    """The targets of all links and images outside of code."""
    for target in _LINK.findall(_CODE.sub("", _FENCE.sub("", text))):
        yield unquote(target)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page; a repeated heading gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found
