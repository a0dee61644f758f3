"""No pattern at the edge can be kept busy by hostile text: JavaScript has none, and Python's take linear time."""

import pkgutil
import re
import time
from collections.abc import Iterator
from importlib import import_module

import pytest

from decision_engine.hosts import python as python_host
from decision_engine.hosts.javascript import FOLDER
from tests.hosts.javascript.test_files import PATTERNS, code

LENGTHS = (2_000, 8_000)
PUMPS = (
    "a", "A", "0", "1", "-", ".", "_", " ", "\t", "\n", '"', "'", "=", ";", ",", "%", "\\", "/", "+", "~", "é",
    "\U0001f600", "a-", "1.", "0.", "-1", "a.", "a,", "q=0.", "%41", "%4", "{", "[", "1e", "e", "T", ":", "2026-",
    "a=b;", "\\u0041", "00", "AAAA", "=A",
)  # fmt: skip
ENDS = ("", "!", "\x00", "Z", '"', "=", "-")
MOST_SECONDS = 0.1
EVALUATED = re.compile(r"\beval\(|new Function|setTimeout\(\s*[\"'`]|import\(")
SEARCHED = {
    "_BROKEN",
    "_ESCAPES",
    "_SURROGATE_ESCAPE",
    "_STRING_OR_BRACKET",
    "_SURROGATE",
    "_REFUSED",
    "_IN_HTML",
    "_IN_SCRIPT",
}
"""Patterns that are looked for anywhere; all others are compared with a whole text, or with what a place begins."""


def test_no_javascript_of_the_host_has_a_pattern_or_evaluates_text() -> None:
    found = [
        (path.name, match[0])
        for path in sorted(FOLDER.glob("*.js"))
        for text in (code(path.read_text(encoding="utf-8")),)
        for match in (*PATTERNS.finditer(text), *EVALUATED.finditer(text))
        if match[0] != ".replace("  # of texts by texts, and of members of our own
    ]
    assert not found


def host_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled pattern of the Python host, wherever it stands in a module."""
    for module in pkgutil.walk_packages(python_host.__path__, f"{python_host.__name__}."):
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


@pytest.mark.parametrize(("name", "pattern"), [pytest.param(*pair, id=pair[0]) for pair in host_patterns()])
def test_patterns_of_the_python_host_take_linear_time(name: str, pattern: re.Pattern[str]) -> None:
    is_bytes = isinstance(pattern.pattern, bytes)
    ask = pattern.search if name.rpartition(".")[2] in SEARCHED else pattern.fullmatch
    for pump in PUMPS:
        for end in ENDS:
            for length in LENGTHS:
                text = (pump * length)[:length] + end
                subject = text.encode("utf-8", "surrogatepass") if is_bytes else text
                start = time.perf_counter()
                ask(subject)
                assert time.perf_counter() - start < MOST_SECONDS, (name, pump, end, length)


def test_the_python_host_has_patterns_to_look_at() -> None:
    assert len(list(host_patterns())) >= 10
