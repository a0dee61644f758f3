"""The reader against the host's general way: thousands of plain, odd and hostile objects, and the same vectors."""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import pytest
from wasmtime import Engine, Func, Global, Instance, Memory, Module, Store

from decision_engine.hosts.python import Host, RequestError, parse_object
from decision_engine.hosts.python.tables import Tables
from decision_engine.operators import SIGNATURES
from decision_engine.pipeline import compile_program
from decision_engine.tables import tables
from decision_engine.targets.wasm import runtime
from decision_engine.targets.wasm.encoder import encode_module
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Global as GlobalOfModule
from decision_engine.targets.wasm.module import Module as ModuleOfReader
from decision_engine.targets.wasm.reader import emit_reader
from feature_registry import load
from tests.hosts.hostile import NOW, hostile_requests
from tests.hosts.objects import encoded, odd_object, percent, plain_object
from tests.hosts.python.shared import load as load_tables

ROOT = Path(__file__).resolve().parents[3]
ROOM = 65_536
"""Bytes behind the vector; the host gives longer texts to no reader."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader gives for an object."""

    vector: tuple[float, ...]
    marks: bytes


class Reading:
    """A module that holds a reader and nothing else."""

    def __init__(self, document: Tables) -> None:
        layout = Layout()
        reader = emit_reader(document, layout)
        functions = (*runtime.functions(), *reader.functions)
        heap = GlobalOfModule("heap", "i32", layout.heap, exported=True)
        module = ModuleOfReader(functions, (*reader.globals, heap), layout.segments(), layout.pages + 2)
        self.document = document
        self.host = Host(document, lambda _: [], target="reader")
        engine = Engine()
        self._store = Store(engine)
        self._exports = Instance(self._store, Module(engine, encode_module(module)), []).exports(self._store)
        clocks = (place for clock in document["clocks"] for place in (clock["weekday"], clock["minute"]))
        timed = (document["now"], *clocks)
        self._timed = {place for place in timed if place is not None}

    def read(self, text: str, at: int) -> Read | None:
        """The vector and the marks, or None when the reader leaves the text to the host."""
        if len(text) > ROOM:
            return None
        memory, function, heap, marks = (self._exports[name] for name in ("memory", "read", "heap", "marks"))
        assert isinstance(memory, Memory) and isinstance(function, Func)
        assert isinstance(heap, Global) and isinstance(marks, Global)
        vector_at = heap.value(self._store)
        text_at = vector_at + 8 * self.document["width"]
        memory.write(self._store, text.encode() + b"\xff" * 16, text_at)
        if function(self._store, text_at, len(text), float(at), vector_at) == 0:
            return None
        size = len(self.document["features"]) + 1
        vector = memory.read(self._store, vector_at, text_at)
        found = memory.read(self._store, marks.value(self._store), marks.value(self._store) + size)
        return Read(struct.unpack(f"<{self.document['width']}d", vector), bytes(found))

    def check(self, text: str, at: int) -> bool:
        """Compare with the host; tells whether the reader read the text."""
        found = self.read(text, at)
        if found is None:
            return False
        request = parse_object(unquote_to_bytes(text.replace("+", " ")))
        assert "decisions" not in request
        wanted = self.host.encode(request, at).vector
        for place, (ours, theirs) in enumerate(zip(found.vector, wanted, strict=True)):
            assert place in self._timed or struct.pack("<d", ours) == struct.pack("<d", theirs), (
                place,
                ours,
                theirs,
                text,
            )
        assert list(found.marks) == [int(mark) for mark in self._marks(request)], text
        return True

    def _marks(self, request: Mapping[str, Any]) -> Iterator[bool]:
        for feature in self.document["features"]:
            group, *rest = feature["path"]
            yield len(rest) == 1 and isinstance(request.get(group), dict) and rest[0] in request[group]
        units, identity = request.get("units"), self.document["identity"]
        yield identity is not None and isinstance(units, dict) and identity["unit"] in units


@pytest.fixture(scope="module")
def small() -> Reading:
    return Reading(load_tables("tables.json"))


@pytest.fixture(scope="module")
def shop() -> Reading:
    registry = load(ROOT / "examples" / "online_shop" / "registry", SIGNATURES)
    return Reading(tables(compile_program(registry, edge_only=True)))


def test_hostile_objects_are_read_as_the_host_reads_them_or_not_at_all(small: Reading) -> None:
    texts = [document for one in hostile_requests(seed=20261130, count=12_000) if (document := _document(one.target))]
    assert len(texts) > 3000
    for number, text in enumerate(texts):
        try:
            small.check(text, NOW + number)
        except RequestError as error:
            raise AssertionError(f"the host refuses what was read: {text}") from error


@pytest.mark.parametrize("name", ["small", "shop"])
def test_plain_objects_are_read(name: str, request: pytest.FixtureRequest) -> None:
    reading: Reading = request.getfixturevalue(name)
    source = Random(20261131)
    read = sum(reading.check(encoded(plain_object(source, reading.document), source), NOW) for _ in range(3000))
    assert read > 2700, read


@pytest.mark.parametrize("name", ["small", "shop"])
def test_odd_objects_are_read_alike(name: str, request: pytest.FixtureRequest) -> None:
    reading: Reading = request.getfixturevalue(name)
    source = Random(20261132)
    read = sum(reading.check(encoded(odd_object(source, reading.document), source), NOW) for _ in range(6000))
    assert 300 < read < 5900, read


@pytest.mark.parametrize("name", ["small", "shop"])
def test_damaged_texts_are_never_read_otherwise(name: str, request: pytest.FixtureRequest) -> None:
    """A text with a byte changed, added or lost is either refused by both, or means the same to both."""
    reading: Reading = request.getfixturevalue(name)
    source = Random(20261133)
    for _ in range(6000):
        text = json.dumps(plain_object(source, reading.document), separators=(",", ":"))
        at = source.randrange(len(text))
        text = (
            text[:at]
            + source.choice(["", *'"{}[]:,.-0123456789eE+ \\\t\x00\x7fx&#%n'])
            + text[at + source.randint(0, 2) :]
        )
        try:
            reading.check(percent(text, source), NOW)
        except RequestError as error:
            raise AssertionError(f"the host refuses what was read: {text}") from error


@pytest.mark.parametrize(
    "number",
    [
        "0", "-0", "0.0", "-0.0", "1", "10000", "10001", "9007199254740991", "9007199254740992", "00", "01", "1.", ".5",
        "-", "1e3", "1E3", "0.1", "0.30000000000000004", "123.456", "0.0000000000000000000001", "12345678.12345678",
        "0.00000000000000000000001", "4503599627370496.5", "999999999999999.9", "+1", "1.5.5", "NaN", "1" * 400,
    ],
)  # fmt: skip
def test_numbers_are_exact(small: Reading, number: str) -> None:
    text = quote_from_bytes(f'{{"session":{{"page_values":{number}}}}}'.encode(), safe="")
    try:
        parse_object(unquote_to_bytes(text))
    except RequestError:
        assert small.read(text, NOW) is None
    else:
        small.check(text, NOW)


@pytest.mark.parametrize("decimals", range(1, 16))
def test_decimals_round_as_everywhere(small: Reading, decimals: int) -> None:
    source = Random(decimals)
    for _ in range(200):
        number = f"{source.uniform(0, 9999):.{decimals}f}"
        read = small.check(quote_from_bytes(f'{{"session":{{"page_values":{number}}}}}'.encode()), NOW)
        assert read or len(number) > 16, number


@pytest.mark.parametrize(
    "stamp",
    [
        "2025-11-21T08:00:00Z", "2024-02-29T23:59:59.999Z", "2025-02-29T00:00:00Z", "2000-02-29T00:00:00Z",
        "2099-12-31T23:59:59.123456789Z", "2100-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
        "2025-11-21T08:00:00.Z", "2025-11-21T08:00:00.1234567891Z", "2025-11-21T08:00:00.1Z", "2025-11-21T08:00:00.12Z",
        "2025-11-21T08:00:00+01:00", "2025-13-01T08:00:00Z", "2025-00-01T08:00:00Z", "2025-11-31T08:00:00Z",
        "2025-11-00T08:00:00Z", "2025-11-21T24:00:00Z", "2025-11-21T08:60:00Z", "2025-11-21T08:00:60Z", "2025",
        "2025-11-21t08:00:00Z", "2025-11-21T08:00:00z", "", "2025-11-21T08:00:0:Z", "2025-11-2 T08:00:00Z",
    ],
)  # fmt: skip
def test_timestamps_are_read_alike(shop: Reading, stamp: str) -> None:
    for request in (
        {"profile": {"last_order_at": stamp}},
        {"profile": {"loyalty": "gold"}, "timestamps": {"profile": stamp}},
        {"timestamps": {"profile.loyalty": stamp}, "profile": {"loyalty": "gold"}},
    ):
        shop.check(encoded(request, Random(1)), NOW)


def test_keys_are_counted_and_compared(small: Reading) -> None:
    def text(keys: int) -> str:
        groups = {f"g{group}": {f"k{number}": 1 for number in range(15)} for group in range(keys // 16)}
        return encoded(groups | {f"x{number}": 1 for number in range(keys % 16)}, Random(1))

    assert small.read(text(255), NOW) is not None and small.read(text(256), NOW) is not None
    assert small.read(text(257), NOW) is None
    for twice in (
        '{"a":1,"a":1}',
        '{"geo":{},"geo":{}}',
        '{"geo":{"country":"DE","country":"DE"}}',
        '{"x":{"a":1,"a":1}}',
    ):
        assert small.read(quote_from_bytes(twice.encode()), NOW) is None
    assert small.check(quote_from_bytes(b'{"x":{"a":1},"y":{"a":1},"a":1}'), NOW)


def test_long_texts_are_left_to_the_host(small: Reading) -> None:
    def text(size: int) -> str:
        return encoded({"geo": {"country": "x" * size}, "units": {"visitor_id": "v" * size}}, Random(1))

    assert small.check(text(4096), NOW)
    assert small.read(text(4097), NOW) is None


def _document(target: str) -> str:
    _, _, query = target.partition("?")
    return query[2:] if query.startswith("d=") else ""
