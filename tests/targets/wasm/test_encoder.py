"""The binary format: numbers, a whole module byte for byte, and the same module through wabt's assembler."""

from pathlib import Path

import pytest

from decision_engine.targets.wasm import emit_wasm, print_module
from decision_engine.targets.wasm.encoder import double, encode_code, encode_module, signed, unsigned
from decision_engine.targets.wasm.instructions import Instruction, block, branch, f64, get, i32, i64, loop, op, v128
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function, Global, Module, Segment, declare
from tests.targets.random_programs import random_program
from tests.targets.wasm.support import validate, wabt

ADD = Function("add", declare("i32", "a", "b"), "i32", (), op("i32.add", get("a"), get("b")), exported=True)


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "00"), (127, "7f"), (128, "8001"), (624485, "e58e26"), (2**32 - 1, "ffffffff0f")]
)
def test_unsigned_leb128(number: int, expected: str) -> None:
    assert unsigned(number).hex() == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "00"), (63, "3f"), (64, "c000"), (-1, "7f"), (-64, "40"), (-65, "bf7f"), (-123456, "c0bb78")],
)
def test_signed_leb128(number: int, expected: str) -> None:
    assert signed(number).hex() == expected


def test_constants() -> None:
    code = (*i32(0xFFFFFFFF), *i64(2**63), *f64(float("-nan")), *v128(bytes(range(16))))
    assert encode_code(code, {}, {}, {}).hex() == (
        "417f" + "42808080808080808080" + "7f" + "44000000000000f87f" + "fd0c" + bytes(range(16)).hex()
    )
    assert double(-0.0).hex() == "0000000000000080"


def test_labels_become_depths() -> None:
    code = block("out", loop("again", branch("out"), branch("again")))
    assert encode_code(code, {}, {}, {}).hex() == "0240" + "0340" + "0c01" + "0c00" + "0b" + "0b"


@pytest.mark.parametrize("code", [branch("nowhere"), get("nobody"), (Instruction("i32.divide"),)])
def test_an_unknown_name_is_refused(code: tuple[Instruction, ...]) -> None:
    with pytest.raises(KeyError):
        encode_code(code, {}, {}, {})


def test_an_open_block_and_a_wrong_immediate_are_refused() -> None:
    with pytest.raises(ValueError, match="no end"):
        encode_code((Instruction("block", "b"),), {}, {}, {})
    with pytest.raises(ValueError, match="takes no"):
        encode_code((Instruction("i32.const", "1"),), {}, {}, {})


def test_a_whole_module() -> None:
    module = Module((ADD,), (Global("abi", "i32", 1, exported=True),), (Segment(16, b"hi"),), pages=1)
    assert encode_module(module).hex() == (
        "0061736d01000000"  # magic, version
        "0107" "0160027f7f017f"  # one type: (i32, i32) -> i32
        "0302" "0100"  # one function of type 0
        "0503" "010001"  # one memory of at least one page
        "0606" "017f0041010b"  # one global: constant i32 1
        "0716" "03" "066d656d6f7279" "0200" "03616464" "0000" "03616269" "0300"  # three exports
        "0a09" "0107" "00200020016a0b"  # one body: get, get, add, end
        "0b08" "01004110" "0b026869"  # one segment at 16
    )  # fmt: skip


def test_two_functions_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="share a name"):
        encode_module(Module((ADD, ADD), (), (), pages=1))


def test_layout_shares_equal_constants_and_joins_neighbours() -> None:
    layout = Layout()
    first = layout.place(b"abc", 1)
    assert layout.place(b"abc", 1) == first == 16
    assert layout.place(bytes(8), 8) == 24
    assert layout.reserve(100) == 32
    assert layout.place(b"end", 1) == 132
    assert layout.segments() == (Segment(16, b"abc" + bytes(5 + 8)), Segment(132, b"end"))
    assert (layout.heap, layout.pages) == (144, 1)


@pytest.mark.node
@pytest.mark.parametrize("seed", range(8))
def test_the_listing_assembles_to_the_same_bytes(seed: int, tmp_path: Path) -> None:
    artefact = emit_wasm(random_program(seed))
    text, binary = tmp_path / "module.wat", tmp_path / "assembled.wasm"
    text.write_text(print_module(artefact.module, content=True), encoding="utf-8")
    wabt("wat2wasm", text, "-o", binary)
    assert _without_order(binary.read_bytes()) == _without_order(artefact.content)


@pytest.mark.node
def test_the_name_section_is_well_formed(tmp_path: Path) -> None:
    program = random_program(3)
    named = emit_wasm(program, names=True)
    assert named.content.startswith(emit_wasm(program).content)
    validate(named.content, tmp_path)


def test_the_listing_is_stable_and_names_its_parts() -> None:
    module = Module((ADD,), (Global("run", "i64", 0),), (Segment(16, b"hi"),), pages=1, start=None)
    assert print_module(module) == (
        "(module\n"
        '  (memory $memory (export "memory") 1)\n'
        "  (global $run (mut i64) (i64.const 0))\n"
        '  (func $add (export "add") (param $a i32) (param $b i32) (result i32)\n'
        "    local.get $a\n"
        "    local.get $b\n"
        "    i32.add\n"
        "  )\n"
        "  ;; data at 16: 2 bytes, sha256 8f434346648f6b96\n"
        ")\n"
    )


def _without_order(content: bytes) -> dict[int, bytes]:
    """The sections that do not depend on the order in which an assembler numbers types and exports."""
    sections = {}
    at = 8
    while at < len(content):
        number, at = content[at], at + 1
        size, shift = 0, 0
        while True:
            byte, at = content[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if number not in (1, 3, 7):
            sections[number] = content[at : at + size]
        at += size
    return sections
