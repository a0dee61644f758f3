"""The JavaScript host's files: the list of them, what they import, and that none of them has a regular expression."""

import re

from decision_engine.hosts import javascript
from decision_engine.hosts.javascript import FETCH_ADAPTER, FOLDER, HOST_FILES, host_sources
from decision_engine.hosts.javascript import bundle as bundling
from functions.edge.cloudflare import COMPILED_FILES, SOURCE_FILES, worker_module, worker_sources

IMPORT = re.compile(r'^(?:import|export)\b[^"]*? from "([^"]+)";', re.MULTILINE)
PATTERNS = re.compile(r"RegExp|\.(?:match|matchAll|test|exec|search|replace)\(|[=(,:]\s*/[^/*; ]")


def test_the_lists_name_every_file() -> None:
    lists = [getattr(javascript, name) for name in javascript.__all__ if name.endswith("_FILES")]
    named = {name for names in lists for name in names}
    assert named | {FETCH_ADAPTER} == {path.name for path in FOLDER.glob("*.js")}


def test_host_files_import_each_other_and_nothing_else() -> None:
    imported = {found for content in host_sources().values() for found in IMPORT.findall(content.decode())}
    assert imported == {f"./{name}" for name in HOST_FILES if name != "host.js"}
    assert not IMPORT.findall((FOLDER / "wasm_engine.js").read_text(encoding="utf-8"))


def test_the_worker_imports_its_own_files() -> None:
    sources = worker_sources()
    assert tuple(sources) == SOURCE_FILES
    known = {f"./{name}" for name in (*SOURCE_FILES, *COMPILED_FILES)}
    assert set(IMPORT.findall(sources["worker.js"].decode())) <= known


def test_sources_are_written_in_the_form_that_is_bundled() -> None:
    for name, content in worker_sources().items():
        text = code(content.decode())
        imported = [line for line in text.splitlines() if line.startswith("import ")]
        exported = [line for line in text.splitlines() if line.startswith("export ")]
        assert len(imported) == len(bundling._IMPORT.findall(text)), name
        plain = [line for line in exported if not line.startswith("export default ")]
        assert len(plain) == len(bundling._EXPORT.findall(text)), name
        assert len(plain) == len(exported) or name == SOURCE_FILES[0]


def test_the_worker_is_one_module_with_every_source_in_it() -> None:
    text = worker_module().decode()
    assert sorted(IMPORT.findall(text)) == sorted(f"./{name}" for name in COMPILED_FILES)
    assert text.count("export ") == 1 and "\nexport default {" in text
    bare = "".join(text.split())
    for name, content in worker_sources().items():
        lines = [line.strip().removeprefix("export ") for line in code(content.decode()).splitlines()]
        for line in (line for line in lines if line.startswith(("function ", "const ")) and line.endswith(("{", ";"))):
            assert "".join(line.split()) in bare, (name, line)


MAIN = """\
import { f as g } from "./a.js";
import t from "./t.js";

const own = 1;
export default g(own) + t;
"""
A = """\
/** Doc. */
import {
  h,
} from "./b.js";
const own = 2;
// Why.
export function f(x) {
  return h(x) + own;
}
"""
B = """\
const own = 3;
export const h = (x) => x * own; // kept
"""
ONE = """\
import t from "./t.js";

const $b = (() => {
const own = 3;
const h = (x) => x * own; // kept
return { h };
})();

const $a = (() => {
const { h, } = $b;
const own = 2;
function f(x) {
  return h(x) + own;
}
return { f };
})();

const { f: g } = $a;

const own = 1;
export default g(own) + t;
"""


def test_bundles_keep_private_names_apart() -> None:
    assert bundling.bundle("main.js", {"main.js": MAIN, "a.js": A, "b.js": B}) == ONE


def test_no_regular_expressions() -> None:
    found = {
        (name, match[0]) for name, text in worker_sources().items() for match in PATTERNS.finditer(code(text.decode()))
    }
    assert not found


def code(text: str) -> str:
    """The text without comments."""
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", text, flags=re.DOTALL)
