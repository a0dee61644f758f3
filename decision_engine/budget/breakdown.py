"""What an artefact costs, and which part of the registry costs it."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from decision_engine.artefact import MANIFEST, Artefact
from decision_engine.budget.operations import Operations, count_operations
from decision_engine.ir import Node, Program, Ref, operands, with_operands
from decision_engine.ir.nodes import Choose, Code, Compare, Comparison, Constant, Decision, Leaf, Payload, Score
from decision_engine.reasons import Reason

HOST, RULES, PAYLOADS, CONFIGURATION, MODEL = "host", "rules", "payloads", "configuration", "model "
"""The names of parts; a model's is `model ` and its name."""

_NOT_CODE = (
    ".capnp", ".toml", "package.json", "README.md", "bundle.json", "deploy.json", "readable.js",
)  # fmt: skip
"""Endings of files that say how to run the code, or are there to be read; they are not uploaded as code."""

_APART = ("viewer_response.js",)
"""Files that a platform runs as a function of their own, each held to the limits of code by itself."""

_BUNDLES = (".tgz", ".tar.gz")
_ARCHIVES = (".zip", ".whl")

_PAGE = 65536


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes as they are, and as gzip makes them, file by file at its best level (as this machine's zlib does); bundles
    and archives count unpacked, and as they are packed."""

    raw: int
    gzip: int

    def __add__(self, other: Size) -> Size:
        return Size(self.raw + other.raw, self.gzip + other.gzip)

    def __sub__(self, other: Size) -> Size:
        return Size(self.raw - other.raw, self.gzip - other.gzip)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What an artefact costs.

    `code` is what is deployed; the parts in `parts` add up to it and to the configuration, which is not. `apart` are
    files deployed as functions of their own. `memory` is the wasm memory at start, or else the tables of the forests; a
    runtime's own heap is not in it. `values` are the files that go into the platform's key-value store, by their key.
    """

    target: str
    code: Size
    parts: Mapping[str, Size]
    operations: Operations
    memory: int
    values: Mapping[str, int]
    apart: Mapping[str, Size]

    def to_json(self) -> dict[str, Any]:
        """The breakdown for `artefact.json` and `--json`."""
        return {
            "code": {"raw": self.code.raw, "gzip": self.code.gzip},
            "parts": {name: {"raw": size.raw, "gzip": size.gzip} for name, size in self.parts.items()},
            "operations": {
                "rules": self.operations.rules,
                "forests": list(self.operations.forests),
                "rankings": self.operations.rankings,
                "total": self.operations.total,
            },
            "memory": self.memory,
            "values": dict(self.values),
            "apart": {name: {"raw": size.raw, "gzip": size.gzip} for name, size in self.apart.items()},
        }


def measure(artefact: Artefact, program: Program, build: Callable[[Program], Artefact]) -> Breakdown:
    """What `artefact` costs, which `build` made of `program`.

    Parts are found by building what holds less: a registry without rules is the host; with one forest after the other,
    and with the payloads, it grows by theirs; what is left is the rules. So the parts add up.
    """
    weighed = weigh(artefact, program)
    code, small = weighed.code, _Small(program)
    host = before = deployed_size(build(small.program(0)))
    parts = {HOST: host}
    for number, forest in enumerate(program.forests, 1):
        grown = deployed_size(build(small.program(number)))
        parts[f"{MODEL}{forest.name}"] = grown - before
        before = grown
    payloads = deployed_size(build(small.program(0, program.payloads))) - host if program.payloads else Size(0, 0)
    known = sum(parts.values(), payloads)
    parts |= {RULES: code - known, PAYLOADS: payloads, CONFIGURATION: _configuration_size(artefact)}
    return replace(weighed, parts=parts)


def weigh(artefact: Artefact, program: Program) -> Breakdown:
    """What `artefact` costs as a whole: a breakdown without parts, which takes no building."""
    operations, memory = count_operations(program), _memory(artefact)
    apart = {name: _size(name, content) for name, content in artefact.files.items() if name in _APART}
    return Breakdown(artefact.target, deployed_size(artefact), {}, operations, memory, _values(artefact), apart)


def deployed_size(artefact: Artefact) -> Size:
    """The bytes of the files that are deployed as code."""
    return sum((_size(name, content) for name, content in artefact.files.items() if is_code(name)), Size(0, 0))


def is_code(name: str) -> bool:
    """Whether a file of an artefact is deployed as code; what is not configures it, describes it, is a stored value, or
    is deployed apart."""
    return name not in (MANIFEST, *_APART) and not name.endswith(_NOT_CODE) and not name.startswith("kv/")


class _Small:
    """Programs that hold little of another one: its features, so many of its forests, or its payloads."""

    def __init__(self, program: Program) -> None:
        self._whole = program
        self._scores: dict[int, Score] = {}
        for node in program.nodes:
            if isinstance(node, Score):
                self._scores.setdefault(node.forest, node)

    def program(self, forests: int, payloads: tuple[Payload, ...] = ()) -> Program:
        """One decision by the first `forests` forests, which shows nothing."""
        whole = self._whole
        nodes: list[Node] = []
        places: dict[Ref, Ref] = {}
        zero = _add(nodes, Constant(0.0))
        chosen = _add(nodes, Code(0))
        arms = []
        for number in range(forests):
            score = self._scores.get(number)
            if score is not None:
                refs = tuple(_copy(whole.nodes, ref, nodes, places) for ref in score.inputs)
                found = _add(nodes, Score(number, refs, 0))
                arms.append((_add(nodes, Compare(Comparison.LESS, found, zero)), chosen))
        outcome = _add(nodes, Choose(tuple(arms), chosen)) if arms else chosen
        decision = Decision("d", outcome, (Leaf(0, str(Reason.DEFAULT), None),), (), 0)
        shown = payloads or (Payload("p", "0"),)
        used = whole.forests[:forests]
        return replace(whole, forests=used, payloads=shown, nodes=tuple(nodes), decisions=(decision,))


def _add(nodes: list[Node], node: Node) -> Ref:
    nodes.append(node)
    return len(nodes) - 1


def _copy(whole: tuple[Node, ...], ref: Ref, nodes: list[Node], places: dict[Ref, Ref]) -> Ref:
    """The place among `nodes` of what stands at `ref` in `whole`, with all that it reads."""
    todo = [ref]
    while todo:
        current = todo[-1]
        missing = [one for one in operands(whole[current]) if one not in places]
        if current not in places and not missing:
            places[current] = _add(nodes, with_operands(whole[current], places.__getitem__))
        todo = todo[:-1] if not missing else [*todo, *missing]
    return places[ref]


def _configuration_size(artefact: Artefact) -> Size:
    names = [name for name in artefact.files if name.endswith(_NOT_CODE)]
    return sum((_size(name, artefact.files[name]) for name in names), Size(0, 0))


def _size(name: str, content: bytes) -> Size:
    """A file's size; of a bundle the files in it, and the bundle as its compressed form."""
    if name.endswith(_BUNDLES):
        with tarfile.open(fileobj=io.BytesIO(content)) as bundle:
            return Size(sum(member.size for member in bundle.getmembers()), len(content))
    if name.endswith(_ARCHIVES):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return Size(sum(member.file_size for member in archive.infolist()), len(content))
    return Size(len(content), len(gzip.compress(content, compresslevel=9, mtime=0)))


def _values(artefact: Artefact) -> dict[str, int]:
    return {name.removeprefix("kv/"): len(content) for name, content in artefact.files.items() if name[:3] == "kv/"}


def _memory(artefact: Artefact) -> int:
    modules = [content for name, content in artefact.files.items() if name.endswith(".wasm")]
    if modules:
        return sum(_PAGE * wasm_pages(content) for content in modules)
    return sum(choice.memory_bytes for choice in artefact.choices)


def wasm_pages(module: bytes) -> int:
    """The pages of memory that a module starts with: the first limit of its memory section (WebAssembly, 5.5.8)."""
    at = 8
    while at < len(module):
        section, (size, at) = module[at], _leb(module, at + 1)
        if section == 5:
            count, place = _leb(module, at)
            return _leb(module, place + 1)[0] if count else 0
        at += size
    return 0


def _leb(module: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = module[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
