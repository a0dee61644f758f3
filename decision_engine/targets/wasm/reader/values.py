"""The values of an object: what each kind of item does with the value that stands at an address.

Every function takes the address of the value and the item, and gives the address behind the value, or 0.
"""

from __future__ import annotations

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
from decision_engine.targets.wasm.module import Function, declare
from decision_engine.targets.wasm.reader import items
from decision_engine.targets.wasm.reader.elements import (
    ENDS,
    IS_PRESENT,
    MATCHES,
    MOST_DIGITS,
    RANK_BYTES,
    STARTS,
    TAG_BYTES,
    TEST_BYTES,
)
from decision_engine.targets.wasm.reader.scan import POINT, QUOTE, ZERO, byte, give_up_unless, is_byte, skip_space

SECOND_SEED = 0x9747B28C
FALSE, TRUE, NULL = (int.from_bytes(word, "little") for word in (b"fals", b"true", b"null"))
_LETTER_E = 0x65
_LIST_OPENS, _LIST_CLOSES, _COMMA = 0x5B, 0x5D, 0x2C
_MOST_TAGS = 256

_PARAMETERS = declare("i32", "at", "item")
_TEXT_LOCALS = declare("i32", "start", "length")
_LOOP_LOCALS = declare("i32", "n", "list")


def value_functions(cells: int) -> tuple[Function, ...]:
    """All of them; `cells` is the address of the timestamps."""
    return (
        _store(),
        _number(),
        _bool(),
        _category(),
        _passes(),
        _matches(),
        _text(),
        _part(),
        _version(),
        _bits(),
        _tags(),
        _stamp(cells),
        _unit(),
        _value(),
    )


def _field(name: str, offset: int) -> Code:
    return load(name, get("item"), offset)


def _element(offset: int) -> Code:
    return load("i32.load", get("list"), offset)


def _each(size: int, *body: Code) -> Code:
    """Run the body for each of the item's elements; `list` is the element's address."""
    return join(
        put("list", _field("i32.load", items.LIST)),
        repeat("elements", "n", _field("i32.load", items.COUNT), *body, increase("list", i32(size))),
    )


def _place(offset: int = 0) -> Code:
    return op("i32.add", read("read_vector"), _element(offset))


def _take_text() -> Code:
    """Put the text at `at` into `start` and `length`, and `at` behind it."""
    return join(
        give_up_unless(is_byte("at", QUOTE)),
        put("start", op("i32.add", get("at"), i32(1))),
        give_up_unless(tee("at", call("read_text_end", get("start")))),
        put("length", op("i32.sub", get("at"), get("start"))),
        increase("at", i32(1)),
    )


def _store() -> Function:
    """store(x, item): write a number to all elements of an item."""
    body = _each(4, store("f64.store", _place(), get("x")))
    return Function("read_store", declare("f64", "x") + declare("i32", "item"), None, _LOOP_LOCALS, body)


def _store_within() -> Code:
    """Write `read_number` where it is within the item's bounds; else the feature is missing."""
    number = read("read_number")
    above = op("f64.ge", number, _field("f64.load", items.LOW))
    below = op("f64.le", number, _field("f64.load", items.HIGH))
    return when(op("i32.and", above, below), call("read_store", number, get("item")))


def _number() -> Function:
    """Numbers; and timestamps, which are another number."""
    is_time = op("i32.eq", _field("i32.load", items.KIND), i32(items.TIME))
    found = when(is_time, call("read_timestamp", get("at")), call("read_decimal", get("at")), result="i32")
    body = join(give_up_unless(tee("at", found)), _store_within(), get("at"))
    return Function("read_number_value", _PARAMETERS, "i32", (), body)


def _bool() -> Function:
    word = load("i32.load", get("at"))
    true = join(call("read_store", f64(1.0), get("item")), op("return", op("i32.add", get("at"), i32(4))))
    is_false = op("i32.and", op("i32.eq", word, i32(FALSE)), is_byte("at", _LETTER_E, 4))
    body = join(
        when(op("i32.eq", word, i32(TRUE)), true),
        give_up_unless(is_false),
        call("read_store", f64(0.0), get("item")),
        op("i32.add", get("at"), i32(5)),
    )
    return Function("read_bool_value", _PARAMETERS, "i32", (), body)


def _category() -> Function:
    found = call("read_find", _field("i32.load", items.FIRST), get("start"), get("length"))
    others = _field("i32.load", items.SECOND)
    write_row = _each(4, store("f64.store", _place(), load("f64.load", get("row"))), increase("row", i32(8)))
    body = join(
        _take_text(),
        when(op("i32.eqz", tee("row", found)), put("row", others)),
        when(get("row"), write_row),
        get("at"),
    )
    locals = _TEXT_LOCALS + declare("i32", "row") + _LOOP_LOCALS
    return Function("read_category_value", _PARAMETERS, "i32", locals, body)


def _passes() -> Function:
    """passes(test, start, length) -> i32: whether a text has the property that a test asks for."""
    operand, size = load("i32.load", get("test"), 8), load("i32.load", get("test"), 12)
    rest = op("i32.sub", get("length"), size)

    def is_kind(kind: int) -> Code:
        return op("i32.eq", load("i32.load", get("test")), i32(kind))

    body = join(
        when(is_kind(IS_PRESENT), op("return", i32(1))),
        when(is_kind(MATCHES), op("return", call("read_matches", operand, size, get("start"), get("length")))),
        give_up_unless(op("i32.ge_u", get("length"), size)),
        when(is_kind(STARTS), op("return", call("read_equal", get("start"), operand, size))),
        put("last", op("i32.add", get("start"), rest)),
        when(is_kind(ENDS), op("return", call("read_equal", get("last"), operand, size))),
        loop(
            "next",
            when(call("read_equal", get("start"), operand, size), op("return", i32(1))),
            increase("start", i32(1)),
            branch_if("next", op("i32.ge_u", get("last"), get("start"))),
        ),
        i32(0),
    )
    return Function("read_passes", declare("i32", "test", "start", "length"), "i32", declare("i32", "last"), body)


def _matches() -> Function:
    """matches(automaton, classes, start, length) -> i32: whether an automaton, as elements.py writes it, accepts."""
    row = op("i32.mul", get("state"), op("i32.shl", op("i32.add", get("classes"), i32(1)), i32(2)))
    cell = op("i32.add", get("automaton"), op("i32.add", row, i32(128)))
    of_character = load("i32.load8_u", op("i32.add", get("automaton"), byte("start")))
    following = load("i32.load", op("i32.add", cell, op("i32.shl", of_character, i32(2))), 4)
    body = join(
        put("end", op("i32.add", get("start"), get("length"))),
        block(
            "end_of_text",
            loop(
                "next",
                branch_if("end_of_text", op("i32.eq", get("start"), get("end"))),
                put("state", following),
                when(op("i32.lt_s", get("state"), i32(0)), op("return", i32(0))),
                increase("start", i32(1)),
                branch("next"),
            ),
        ),
        load("i32.load", cell),
    )
    parameters = declare("i32", "automaton", "classes", "start", "length")
    return Function("read_matches", parameters, "i32", declare("i32", "state", "end"), body)


def _text() -> Function:
    passes = op("f64.convert_i32_u", call("read_passes", get("list"), get("start"), get("length")))
    body = join(_take_text(), _each(TEST_BYTES, store("f64.store", _place(4), passes)), get("at"))
    return Function("read_text_value", _PARAMETERS, "i32", _TEXT_LOCALS + _LOOP_LOCALS, body)


def _part() -> Function:
    """part(at) -> i32: one number of a version, added to the digits of those before it in `read_number`."""
    digit = tee("digit", op("i32.sub", byte("at"), i32(ZERO)))
    size = op("i32.sub", get("at"), get("start"))
    body = join(
        put("start", get("at")),
        block(
            "end",
            loop(
                "next",
                branch_if("end", op("i32.gt_u", digit, i32(9))),
                put("part", op("i32.add", op("i32.mul", get("part"), i32(10)), get("digit"))),
                increase("at", i32(1)),
                branch("next"),
            ),
        ),
        give_up_unless(op("i32.lt_u", op("i32.sub", size, i32(1)), i32(MOST_DIGITS))),
        when(op("i32.and", is_byte("start", ZERO), op("i32.gt_u", size, i32(1))), op("return", i32(0))),
        write(
            "read_number",
            op(
                "f64.add",
                op("f64.mul", read("read_number"), f64(10.0**MOST_DIGITS)),
                op("f64.convert_i32_u", get("part")),
            ),
        ),
        get("at"),
    )
    return Function("read_part", declare("i32", "at"), "i32", declare("i32", "start", "digit", "part"), body)


def _version() -> Function:
    """Three numbers of few digits; anything more is for the host."""

    def part(end: int) -> Code:
        return join(
            increase("at", i32(1)),
            give_up_unless(tee("at", call("read_part", get("at")))),
            give_up_unless(is_byte("at", end)),
        )

    known = load("f64.load", op("i32.add", _element(4), op("i32.shl", get("lower"), i32(3))))
    rank = join(
        put("lower", i32(0)),
        put("equal", i32(0)),
        block(
            "ranked",
            loop(
                "rank",
                branch_if("ranked", op("i32.ge_u", get("lower"), _element(8))),
                put("equal", op("f64.eq", known, read("read_number"))),
                branch_if("ranked", op("f64.ge", known, read("read_number"))),
                increase("lower", i32(1)),
                branch("rank"),
            ),
        ),
    )
    place = op("i32.add", op("i32.shl", get("lower"), i32(1)), get("equal"))
    body = join(
        give_up_unless(is_byte("at", QUOTE)),
        write("read_number", f64(0.0)),
        part(POINT),
        part(POINT),
        part(QUOTE),
        _each(RANK_BYTES, rank, store("f64.store", _place(), op("f64.convert_i32_u", place))),
        op("i32.add", get("at"), i32(1)),
    )
    locals = declare("i32", "lower", "equal") + _LOOP_LOCALS
    return Function("read_version_value", _PARAMETERS, "i32", locals, body)


def _bits() -> Function:
    """bits(at, context) -> i32: a list of texts; the bits of those that the context knows are set in `read_bits`."""
    found = call("read_find", get("context"), get("start"), get("length"))
    is_first_closed = op("i32.eq", byte("at", 1), i32(_LIST_CLOSES))
    take = join(
        increase("at", i32(1)),
        skip_space(),
        _take_text(),
        write("read_bits", op("i32.or", read("read_bits"), found)),
        increase("items", i32(1)),
        branch_if("next", is_byte("at", _COMMA)),
    )
    body = join(
        write("read_bits", i32(0)),
        give_up_unless(is_byte("at", _LIST_OPENS)),
        when(is_first_closed, op("return", op("i32.add", get("at"), i32(2)))),
        loop("next", take),
        give_up_unless(is_byte("at", _LIST_CLOSES)),
        give_up_unless(op("i32.lt_u", get("items"), i32(_MOST_TAGS + 1))),
        op("i32.add", get("at"), i32(1)),
    )
    locals = _TEXT_LOCALS + declare("i32", "items")
    return Function("read_list", declare("i32", "at", "context"), "i32", locals, body)


def _tags() -> Function:
    bit = op("i32.and", op("i32.shr_u", read("read_bits"), _element(4)), i32(1))
    is_count = op("i32.lt_s", _element(4), i32(0))
    measure = when(is_count, op("i32.popcnt", read("read_bits")), bit, result="i32")
    body = join(
        give_up_unless(tee("at", call("read_list", get("at"), _field("i32.load", items.FIRST)))),
        _each(TAG_BYTES, store("f64.store", _place(), op("f64.convert_i32_u", measure))),
        get("at"),
    )
    return Function("read_tags_value", _PARAMETERS, "i32", _LOOP_LOCALS, body)


def _stamp(cells: int) -> Function:
    body = join(
        give_up_unless(tee("at", call("read_timestamp", get("at")))),
        store("f64.store", _field("i32.load", items.FIRST), read("read_number"), cells),
        write("read_stamped", i32(1)),
        get("at"),
    )
    return Function("read_stamp_value", _PARAMETERS, "i32", (), body)


def _unit() -> Function:
    """A unit that is not empty: both hashes of its bytes."""

    def half(offset: int, seed: int) -> Code:
        place = _field("i32.load", offset)
        hashed = op("f64.convert_i32_u", call("hash", get("start"), get("length"), i32(seed)))
        address = op("i32.add", read("read_vector"), place)
        return when(op("i32.ge_s", place, i32(0)), store("f64.store", address, hashed))

    body = join(
        _take_text(),
        give_up_unless(get("length")),
        half(items.FIRST, 0),
        half(items.SECOND, SECOND_SEED),
        get("at"),
    )
    return Function("read_unit_value", _PARAMETERS, "i32", _TEXT_LOCALS, body)


def _value() -> Function:
    """value(at, item) -> i32: by the kind of the item."""
    arguments = get("at"), get("item")
    by_kind = {
        (items.NUMBER, items.TIME): call("read_number_value", *arguments),
        (items.CATEGORY,): call("read_category_value", *arguments),
        (items.BOOL,): call("read_bool_value", *arguments),
        (items.GROUP,): call("read_group", get("at"), _field("i32.load", items.FIRST)),
        (items.UNIT,): call("read_unit_value", *arguments),
        (items.TEXT,): call("read_text_value", *arguments),
        (items.STAMP,): call("read_stamp_value", *arguments),
        (items.TAGS,): call("read_tags_value", *arguments),
        (items.VERSION,): call("read_version_value", *arguments),
        (items.DENIED,): join(
            put("at", call("read_list", get("at"), _field("i32.load", items.FIRST))),
            write("read_denied", read("read_bits")),
            # A purpose that stands for more than a bit is for the host.
            when(op("i32.lt_s", read("read_bits"), i32(0)), op("return", i32(0))),
            get("at"),
        ),
    }
    kind = get("kind")
    body = join(put("kind", _field("i32.load", items.KIND)))
    for kinds, code in by_kind.items():
        for one in kinds:
            body = join(body, when(op("i32.eq", kind, i32(one)), op("return", code)))
    return Function("read_value", _PARAMETERS, "i32", declare("i32", "kind"), join(body, i32(0)))
