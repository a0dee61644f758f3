"""Modules of JavaScript as one: a runtime that starts cold pays for every module that it opens.

It reads the form that the host's files are written in (a test holds them to it), not JavaScript at large: imports by
name from `./NAME`, and `export` before a declaration. Each module becomes a function that is called once, so that its
private names stay its own; full-line comments are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_IMPORT = re.compile(r'^import (\w+|\{[^}]*\}) from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


def bundle(entry: str, sources: Mapping[str, str]) -> str:
    """The module `entry` with every module of `sources` that it imports, itself or through others.

    Imports of other files stay as they are, at the top. Modules stand in the order of their imports, so that the same
    sources give the same text.
    """
    order = list(dict.fromkeys(_after_imports(entry, sources)))
    outside = {match[0] for name in order for match in _IMPORT.finditer(sources[name]) if match[2] not in sources}
    parts = [_as_function(name, sources) for name in order if name != entry]
    return "\n".join(["".join(sorted(outside)), *parts, _body(entry, sources)])


def _after_imports(name: str, sources: Mapping[str, str]) -> Iterator[str]:
    """The modules that one needs, in the order in which they run; it is the last."""
    for match in _IMPORT.finditer(sources[name]):
        if match[2] in sources:
            yield from _after_imports(match[2], sources)
    yield name


def _as_function(name: str, sources: Mapping[str, str]) -> str:
    exported = ", ".join(_EXPORT.findall(sources[name]))
    body = _EXPORT.sub("", _body(name, sources)).rstrip()
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"


def _body(name: str, sources: Mapping[str, str]) -> str:
    """A module's text without comments, its imports taken from the other modules' variables."""

    def taken(match: re.Match[str]) -> str:
        if match[2] not in sources:
            return ""
        names = " ".join(match[1].split()).replace(" as ", ": ")
        return f"const {names} = {_variable(match[2])};\n"

    return _COMMENT.sub("", _IMPORT.sub(taken, sources[name])).lstrip("\n")


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
