"""The function `read` of a module: from a request's object, as percent-encoded JSON, to the vector; or it gives up."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from decision_engine.hosts.python import Host
from decision_engine.hosts.python.tables import Tables
from decision_engine.targets.wasm.instructions import (
    Code,
    block,
    branch,
    branch_if,
    call,
    f64,
    get,
    i32,
    increase,
    join,
    load,
    loop,
    op,
    put,
    read,
    repeat,
    store,
    tee,
    when,
    write,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function, Global, declare
from decision_engine.targets.wasm.reader import items as kinds
from decision_engine.targets.wasm.reader.items import Items, place_items
from decision_engine.targets.wasm.reader.names import TOP
from decision_engine.targets.wasm.reader.scan import QUOTE, byte, give_up_unless, is_byte, scan_functions, skip_space
from decision_engine.targets.wasm.reader.values import FALSE, NULL, TRUE, value_functions

MOST_KEYS = 256
MOST_UNKNOWN = 64
"""Keys that no feature reads, in an object and its group together: each is compared with those before it."""

_COLON, _COMMA, _OPENS, _CLOSES, _LETTER_E = 0x3A, 0x2C, 0x7B, 0x7D, 0x65


@dataclass(frozen=True, slots=True)
class Reader:
    """Functions and globals of a module; the globals include the exported `marks`."""

    functions: tuple[Function, ...] = ()
    globals: tuple[Global, ...] = ()


def emit_reader(document: Tables, layout: Layout) -> Reader:
    """The reader of the requests that tables describe; it calls the module's `hash`."""
    items = place_items(document, layout)
    scan = scan_functions(items.names, layout)
    marks, cells = layout.reserve(items.marks), layout.reserve(8 * items.cells)
    unknown = layout.reserve(8 * MOST_UNKNOWN)
    variables = ("read_vector", "read_bits", "read_denied", "read_stamped", "read_keys", "read_unknown")
    return Reader(
        (
            _read(document, items, marks, cells, layout),
            _group(marks, unknown),
            _unknown_value(),
            _is_new(unknown),
            *value_functions(cells),
            *scan,
        ),
        (
            Global("marks", "i32", marks, exported=True),
            Global("read_number", "f64", 0.0),
            *(Global(name, "i32", 0) for name in variables),
        ),
    )


def _read(document: Tables, items: Items, marks: int, cells: int, layout: Layout) -> Function:
    """read(text, length, now: f64, vector) -> i32: 1 when the vector is that of the object, but for what the platform
    observes and the time; 0 when it is for the host to read. The text is overwritten, and two bytes behind it."""
    host = Host(document, lambda _: [], target="reader")
    bare = [float(value) for value in host.encode({}, 0).vector]
    bare_at = layout.place(struct.pack(f"<{len(bare)}d", *bare))
    body = join(
        give_up_unless(tee("end", call("read_decode", get("text"), get("length")))),
        give_up_unless(is_byte("text", _OPENS)),
        op("memory.fill", i32(marks), i32(0), i32(items.marks)),
        op("memory.fill", i32(cells), i32(0xFF), i32(8 * items.cells)),  # NaN
        op("memory.copy", get("vector"), i32(bare_at), i32(8 * len(bare))),
        write("read_vector", get("vector")),
        *(write(name, i32(0)) for name in ("read_denied", "read_stamped", "read_keys", "read_unknown")),
        give_up_unless(op("i32.eq", call("read_group", get("text"), i32(TOP)), get("end"))),
        give_up_unless(op("i32.lt_u", read("read_keys"), i32(MOST_KEYS + 1))),
        when(read("read_stamped"), _age(items, cells, bare_at, layout)) if items.aged else (),
        when(read("read_denied"), _deny(items, layout)) if items.denied else (),
        i32(1),
    )
    parameters = declare("i32", "text", "length") + declare("f64", "now") + declare("i32", "vector")
    locals = declare("i32", "end", "n", "m", "row", "place") + declare("f64", "written")
    return Function("read", parameters, "i32", locals, body, exported=True)


def _age(items: Items, cells: int, bare: int, layout: Layout) -> Code:
    """Give the elements of stale features what a request without them has."""
    rows = layout.place(
        b"".join(
            struct.pack("<d4i", aged.max_age, aged.own, aged.group, len(aged.places), _offsets(aged.places, layout))
            for aged in items.aged
        )
    )
    written = get("written")
    own, group = (load("f64.load", load("i32.load", get("row"), at), cells) for at in (8, 12))
    bare_value = load("f64.load", get("place"), bare)
    return join(
        put("row", i32(rows)),
        repeat(
            "aged",
            "n",
            i32(len(items.aged)),
            put("written", own),
            when(op("f64.ne", written, written), put("written", group)),
            when(
                op("f64.gt", op("f64.sub", get("now"), written), load("f64.load", get("row"))),
                _each_place("stale", 16, bare_value),
            ),
            increase("row", i32(24)),
        ),
    )


def _deny(items: Items, layout: Layout) -> Code:
    """Take the elements of features whose purposes are denied."""
    rows = layout.place(
        b"".join(
            struct.pack("<3i", denied.purposes, len(denied.places), _offsets(denied.places, layout))
            for denied in items.denied
        )
    )
    return join(
        put("row", i32(rows)),
        repeat(
            "purposes",
            "n",
            i32(len(items.denied)),
            when(
                op("i32.and", load("i32.load", get("row")), read("read_denied")),
                _each_place("denied", 4, f64(float("nan"))),
            ),
            increase("row", i32(12)),
        ),
    )


def _each_place(label: str, at: int, value: Code) -> Code:
    """Write a value to the places of a row, whose count and address stand in it at `at`; `place` is the offset."""
    offset = load("i32.load", op("i32.add", load("i32.load", get("row"), at + 4), op("i32.shl", get("m"), i32(2))))
    count = load("i32.load", get("row"), at)
    target = op("i32.add", get("vector"), get("place"))
    return repeat(label, "m", count, put("place", offset), store("f64.store", target, value))


def _group(marks: int, unknown: int) -> Function:
    """group(at, context) -> i32: the members of an object, whose names mean something in the context."""
    item = get("item")
    mark = op("i32.add", load("i32.load", item, kinds.MARK), i32(marks))
    is_read = op("i32.ne", load("i32.load", item, kinds.KIND), i32(kinds.REFUSED))
    is_null = op("i32.and", is_read, op("i32.eq", load("i32.load", get("at")), i32(NULL)))
    known = join(
        put("mark", mark),
        when(byte("mark"), op("return", i32(0))),
        store("i32.store8", get("mark"), i32(1)),
        when(is_null, increase("at", i32(4)), put("at", call("read_value", get("at"), item))),
    )
    other = join(
        give_up_unless(call("read_is_new", get("first"), get("start"), get("length"))),
        when(
            op("i32.and", is_byte("at", _OPENS), op("i32.eq", get("context"), i32(TOP))),
            put("at", call("read_group", get("at"), i32(0))),
            put("at", call("read_unknown_value", get("at"))),
        ),
    )
    member = join(
        increase("at", i32(1)),
        skip_space(),
        give_up_unless(is_byte("at", QUOTE)),
        put("start", op("i32.add", get("at"), i32(1))),
        give_up_unless(tee("at", call("read_text_end", get("start")))),
        put("length", op("i32.sub", get("at"), get("start"))),
        write("read_keys", op("i32.add", read("read_keys"), i32(1))),
        give_up_unless(is_byte("at", _COLON, 1)),
        increase("at", i32(2)),
        skip_space(),
        when(tee("item", call("read_find", get("context"), get("start"), get("length"))), known, other),
        give_up_unless(get("at")),
        branch_if("next", is_byte("at", _COMMA)),
    )
    body = join(
        give_up_unless(is_byte("at", _OPENS)),
        when(is_byte("at", _CLOSES, 1), op("return", op("i32.add", get("at"), i32(2)))),
        put("first", read("read_unknown")),
        loop("next", member),
        give_up_unless(is_byte("at", _CLOSES)),
        write("read_unknown", get("first")),
        op("i32.add", get("at"), i32(1)),
    )
    locals = declare("i32", "first", "start", "length", "item", "mark")
    return Function("read_group", declare("i32", "at", "context"), "i32", locals, body)


def _unknown_value() -> Function:
    """unknown_value(at) -> i32: a value that nothing reads, when it is no object and no list."""
    word = load("i32.load", get("at"))
    is_word = op("i32.or", op("i32.eq", word, i32(TRUE)), op("i32.eq", word, i32(NULL)))
    is_false = op("i32.and", op("i32.eq", word, i32(FALSE)), is_byte("at", _LETTER_E, 4))
    text = join(
        give_up_unless(tee("at", call("read_text_end", op("i32.add", get("at"), i32(1))))),
        op("return", op("i32.add", get("at"), i32(1))),
    )
    body = join(
        when(is_byte("at", QUOTE), text),
        when(is_word, op("return", op("i32.add", get("at"), i32(4)))),
        when(is_false, op("return", op("i32.add", get("at"), i32(5)))),
        call("read_decimal", get("at")),
    )
    return Function("read_unknown_value", declare("i32", "at"), "i32", (), body)


def _is_new(unknown: int) -> Function:
    """is_new(first, start, length) -> i32: note an unknown key; 0 when the object has it already, or has too many."""
    cell = op("i32.shl", get("n"), i32(3))
    is_same = op(
        "i32.and",
        op("i32.eq", load("i32.load", cell, unknown + 4), get("length")),
        call("read_equal", load("i32.load", cell, unknown), get("start"), get("length")),
    )
    free = op("i32.shl", read("read_unknown"), i32(3))
    body = join(
        put("n", get("first")),
        block(
            "end",
            loop(
                "next",
                branch_if("end", op("i32.ge_u", get("n"), read("read_unknown"))),
                when(is_same, op("return", i32(0))),
                increase("n", i32(1)),
                branch("next"),
            ),
        ),
        give_up_unless(op("i32.lt_u", read("read_unknown"), i32(MOST_UNKNOWN))),
        store("i32.store", free, get("start"), unknown),
        store("i32.store", free, get("length"), unknown + 4),
        write("read_unknown", op("i32.add", read("read_unknown"), i32(1))),
        i32(1),
    )
    return Function("read_is_new", declare("i32", "first", "start", "length"), "i32", declare("i32", "n"), body)


def _offsets(places: tuple[int, ...], layout: Layout) -> int:
    return layout.place(struct.pack(f"<{len(places)}i", *places), 4) if places else 0
