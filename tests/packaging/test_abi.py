"""docs/reference/abi.md and the emitted module say the same; a module of another version is refused everywhere."""

import dataclasses
import json
import math
import re
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
import wasmtime

from decision_engine.artefact import tables_json
from decision_engine.hosts.javascript import FOLDER
from decision_engine.hosts.python.murmur import murmur3
from decision_engine.ir import Program
from decision_engine.pipeline import compile_program
from decision_engine.targets.analysis import ABI_VERSION
from decision_engine.targets.wasm import emit_wasm
from decision_engine.targets.wasm.encoder import encode_module
from decision_engine.targets.wasm.engine import WasmEngine, WasmVersionError
from decision_engine.targets.wasm.module import Global
from infra.cli.inputs import read_registry
from infra.engines.wasm import WasmRowsEngine
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "reference" / "abi.md"
EXAMPLE = ROOT / "docs" / "examples" / "decide_rows.mjs"
SHOP = ROOT / "examples" / "online_shop" / "registry"
SMALL = ROOT / "tests" / "engines" / "shop.json"
REGISTRIES = [SHOP, SMALL]
ROWS = 50


@cache
def program(registry: Path) -> Program:
    return compile_program(*read_registry(registry))


@cache
def content(registry: Path) -> bytes:
    return emit_wasm(program(registry)).content


class Documented:
    """The table of exports: constants by name, functions with the types of their parameters and results."""

    def __init__(self) -> None:
        rows = re.findall(r"^\| `([^`]+)` \| ([^|]+?) \| .* \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        self.constants = [name for name, kind in rows if kind == "i32 constant"]
        self.memories = [name for name, kind in rows if kind == "memory"]
        functions = [(name, kind) for name, kind in rows if "(" in name]
        assert len(rows) == len(self.constants) + len(self.memories) + len(functions)
        self.functions = {}
        for name, kind in functions:
            head, _, rest = name.partition("(")
            given, _, result = kind.partition(" -> ")
            assert len(rest.rstrip(")").split(", ")) == len(given.split(", ")), name
            self.functions[head] = (given.split(", "), result.split(", ") if result else [])


class Instance:
    """A module that is spoken to with wasmtime alone."""

    def __init__(self, module: bytes) -> None:
        engine = wasmtime.Engine()
        self.store = wasmtime.Store(engine)
        self.exports = wasmtime.Instance(self.store, wasmtime.Module(engine, module), []).exports(self.store)

    def constant(self, name: str) -> int:
        found = self.exports[name]
        assert isinstance(found, wasmtime.Global)
        return int(found.value(self.store))

    @property
    def memory(self) -> wasmtime.Memory:
        found = self.exports["memory"]
        assert isinstance(found, wasmtime.Memory)
        return found

    def call(self, name: str, *arguments: int) -> int | None:
        function = self.exports[name]
        assert isinstance(function, wasmtime.Func)
        return function(self.store, *arguments)

    def doubles(self, at: int, numbers: list[float]) -> None:
        self.memory.write(self.store, struct.pack(f"<{len(numbers)}d", *numbers), at)

    def integers(self, at: int, count: int) -> list[int]:
        return list(struct.unpack(f"<{count}i", self.memory.read(self.store, at, at + 4 * count)))


def vectors(registry: Path, rows: int = ROWS) -> list[list[float]]:
    random = Random(7)
    values = [math.nan, 0.0, 1.0, 2.0, -3.5, 4096.0, 1.8e12, 2.0**31]
    return [[random.choice(values) for _ in program(registry).inputs] for _ in range(rows)]


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda path: path.name)
def test_the_exports_are_those_of_the_page(registry: Path) -> None:
    documented, forests = Documented(), len(program(registry).forests)
    module = wasmtime.Module(wasmtime.Engine(), content(registry))
    assert not list(module.imports)
    constants, functions, memories = [], {}, []
    for export in module.exports:
        match export.type:
            case wasmtime.GlobalType() as kind:
                assert (str(kind.content), kind.mutable) == ("i32", False), export.name
                constants.append(export.name)
            case wasmtime.FuncType() as kind:
                functions[export.name] = ([str(one) for one in kind.params], [str(one) for one in kind.results])
            case wasmtime.MemoryType() as kind:
                assert (kind.is_64, kind.is_shared, kind.limits.max) == (False, False, None)
                memories.append(export.name)
    expected = {}
    for name, kind in documented.functions.items():
        numbers = range(forests) if name.endswith("_m") else [None]
        expected |= {name if m is None else f"{name[:-1]}{m}": kind for m in numbers}
    assert sorted(constants) == sorted(documented.constants)
    assert functions == expected
    assert memories == documented.memories == ["memory"]


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda path: path.name)
def test_the_constants_are_what_the_page_says(registry: Path) -> None:
    module, tables = Instance(content(registry)), json.loads(tables_json(program(registry)))
    assert f"version {ABI_VERSION}\n" in PAGE.read_text(encoding="utf-8")
    assert module.constant("abi") == ABI_VERSION
    assert module.constant("ir") == tables["ir"]
    assert module.constant("width") == tables["width"]
    assert module.constant("codes") == tables["codes"]
    assert module.constant("heap") % 16 == 0
    assert module.constant("heap") <= module.memory.data_len(module.store)
    before = module.memory.grow(module.store, 2)
    assert module.memory.data_len(module.store) == (before + 2) * 65536


@pytest.mark.parametrize("shift", [0, 3])
@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda path: path.name)
def test_calls_read_and_write_what_the_page_says(registry: Path, shift: int) -> None:
    """One row and many; any alignment; not a byte besides the codes; nothing kept from call to call."""
    module, rows = Instance(content(registry)), vectors(registry)
    width, codes = module.constant("width"), module.constant("codes")
    at = module.constant("heap") + shift
    to = at + 8 * width * ROWS + 8
    size = to + 4 * codes * ROWS + 8
    module.memory.grow(module.store, -(-size // 65536))
    canary = b"\xaa" * 8
    end = module.memory.data_len(module.store)
    module.memory.write(module.store, b"\xaa" * (end - at), at)
    expected = WasmEngine(content(registry)).decide_rows(np.array(rows)).tolist()
    for _ in range(2):
        module.doubles(at, [number for row in rows for number in row])
        module.call("decide_rows", at, ROWS, to)
        found = module.integers(to, ROWS * codes)
        assert [found[start : start + codes] for start in range(0, len(found), codes)] == expected
        assert module.memory.read(module.store, to - 8, to) == canary
        behind = bytes(module.memory.read(module.store, to + 4 * codes * ROWS, end))
        assert behind == b"\xaa" * len(behind)
        for row, one in zip(reversed(rows), reversed(expected), strict=True):
            module.doubles(at, row)
            module.call("decide", at, to)
            assert module.integers(to, codes) == one
    module.call("decide_rows", at, 0, to)
    assert module.integers(to, codes) == expected[0]


def test_forests_and_hashes_follow_the_page() -> None:
    module, forest = Instance(content(SHOP)), program(SHOP).forests[0]
    random, at = Random(3), module.constant("heap")
    width = len(forest.inputs)
    rows = [[random.choice([math.nan, random.uniform(-5, 500)]) for _ in range(width)] for _ in range(20)]
    expected = WasmEngine(content(SHOP)).scores(0, np.array(rows)).tolist()
    to = at + 8 * width * len(rows)
    module.doubles(at, [number for row in rows for number in row])
    module.call("score_rows_0", at, len(rows), to)
    found = struct.unpack(f"<{len(rows)}d", module.memory.read(module.store, to, to + 8 * len(rows)))
    assert [[one] for one in found] == expected
    module.call("score_0", at, to)
    assert struct.unpack("<d", module.memory.read(module.store, to, to + 8)) == tuple(expected[0])
    text = "Grüße-42".encode()
    module.memory.write(module.store, text, at + 1)
    found_hash = module.call("hash", at + 1, len(text), 7)
    assert found_hash is not None and found_hash % 2**32 == murmur3(text, 7)


def forged(**values: int | None) -> bytes:
    """The small module with other constants; None leaves one out."""
    module = emit_wasm(program(SMALL)).module
    kept = [one for one in module.globals if values.get(one.name, 0) is not None]
    changed = [Global(one.name, one.type, values.get(one.name) or one.value, one.exported) for one in kept]
    return encode_module(dataclasses.replace(module, globals=tuple(changed)))


FORGED = [
    ({"abi": 2}, "expected a module of abi version 1, found 2"),
    ({"abi": 99}, "expected a module of abi version 1, found 99"),
    ({"abi": None}, "expected a module of abi version 1, found none"),
    ({"ir": 1}, "expected a module of ir version 2, found 1"),
    ({"ir": None}, "expected a module of ir version 2, found none"),
]


@pytest.mark.parametrize(("values", "message"), FORGED)
def test_wasmtime_refuses_another_version(values: dict[str, int | None], message: str) -> None:
    with pytest.raises(WasmVersionError, match=f"^{message}$"):
        WasmEngine(forged(**values))
    tables = json.loads(tables_json(program(SMALL)))
    with pytest.raises(WasmVersionError, match=f"^{message}$"):
        WasmRowsEngine(forged(**values), tables)


def test_a_module_of_another_program_is_refused() -> None:
    tables = json.loads(tables_json(program(SMALL)))
    with pytest.raises(ValueError, match=r"^expected a module of \d+ inputs and \d+ codes, found one of 41 and \d+$"):
        WasmRowsEngine(content(SHOP), tables)


REFUSED = """
import { readFileSync } from "node:fs";
import { createWasmEngine } from %s;
for (const path of process.argv.slice(1)) {
  try {
    createWasmEngine(new WebAssembly.Module(readFileSync(path)));
    console.log("accepted");
  } catch (error) {
    console.log(error.message);
  }
}
"""


@pytest.mark.node
def test_javascript_refuses_another_version(tmp_path: Path) -> None:
    modules = [forged(**values) for values, _ in FORGED] + [forged()]
    paths = []
    for number, module in enumerate(modules):
        paths.append(tmp_path / f"{number}.wasm")
        paths[-1].write_bytes(module)
    source = REFUSED % json.dumps((FOLDER / "wasm_engine.js").as_uri())
    command = [shutil.which("node") or "node", "--input-type=module", "-e", source, "--", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [*(message for _, message in FORGED), "accepted"]


@pytest.mark.node
@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda path: path.name)
def test_a_host_that_knows_the_page_alone_decides_the_same(registry: Path, tmp_path: Path) -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 45
    assert re.findall(r'from "([^"]+)"', EXAMPLE.read_text(encoding="utf-8")) == ["node:fs"]
    rows = vectors(registry, 3000)
    (tmp_path / "program.wasm").write_bytes(content(registry))
    given = "".join(json.dumps([None if math.isnan(one) else one for one in row]) + "\n" for row in rows)
    command = [shutil.which("node") or "node", EXAMPLE, tmp_path / "program.wasm"]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    expected = WasmEngine(content(registry)).decide_rows(np.array(rows)).tolist()
    assert [json.loads(line) for line in done.stdout.splitlines()] == expected


@pytest.mark.node
def test_that_host_refuses_another_version(tmp_path: Path) -> None:
    (tmp_path / "program.wasm").write_bytes(forged(abi=2))
    command = [shutil.which("node") or "node", EXAMPLE, tmp_path / "program.wasm"]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "expected a module of abi 1 and ir 2, found abi 2 and ir 2\n"
