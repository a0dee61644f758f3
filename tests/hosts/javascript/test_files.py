"""The JavaScript host's files: the list of them, what they import, and that none of them has a regular expression."""

import re

from decision_engine.hosts.javascript import FETCH_ADAPTER, FOLDER, HOST_FILES, WASM_HOST_FILES, host_sources
from functions.edge.cloudflare import COMPILED_FILES, WORKER_FILES, worker_sources

IMPORT = re.compile(r'^(?:import|export)\b[^"]*? from "([^"]+)";', re.MULTILINE)
PATTERNS = re.compile(r"RegExp|\.(?:match|matchAll|test|exec|search|replace)\(|[=(,:]\s*/[^/*; ]")


def test_the_list_names_every_file() -> None:
    assert sorted([*WASM_HOST_FILES, FETCH_ADAPTER]) == sorted(path.name for path in FOLDER.glob("*.js"))


def test_host_files_import_each_other_and_nothing_else() -> None:
    imported = {found for content in host_sources().values() for found in IMPORT.findall(content.decode())}
    assert imported == {f"./{name}" for name in HOST_FILES if name != "host.js"}
    assert not IMPORT.findall((FOLDER / "wasm_engine.js").read_text(encoding="utf-8"))


def test_the_worker_imports_its_own_files() -> None:
    sources = worker_sources()
    assert tuple(sources) == WORKER_FILES
    known = {f"./{name}" for name in (*WORKER_FILES, *COMPILED_FILES)}
    assert set(IMPORT.findall(sources["worker.js"].decode())) <= known


def test_no_regular_expressions() -> None:
    found = {
        (name, match[0]) for name, text in worker_sources().items() for match in PATTERNS.finditer(code(text.decode()))
    }
    assert not found


def code(text: str) -> str:
    """The text without comments."""
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", text, flags=re.DOTALL)
