"""The parts of a text: percent-decoding, the end of a text, its number in the table of names, numbers, timestamps.

Each function that reads a value takes its address and gives the address behind it, or 0 for what only the host can
read. A number is left in the global `read_number`. Behind the text stands a byte 0, which ends every search.
"""

from __future__ import annotations

import struct
from functools import reduce

from decision_engine.targets.wasm.instructions import (
    Code,
    block,
    branch,
    branch_if,
    call,
    f64,
    get,
    i32,
    i64,
    increase,
    join,
    load,
    loop,
    op,
    put,
    read,
    store,
    tee,
    when,
    write,
)
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Function, declare
from decision_engine.targets.wasm.reader.names import (
    ENTRY_BYTES,
    FIRST_FACTOR,
    KEY,
    LONGEST,
    SECOND_FACTOR,
    TEXT,
    VALUE,
    Names,
)

QUOTE, POINT, MINUS, ZERO = 0x22, 0x2E, 0x2D, 0x30
_SPECIAL = 1
_BACKSLASH = 0x5C
_MOST_DECIMALS = 22
"""Powers of ten up to this one are exact doubles, so that one division rounds a decimal number correctly."""
_LARGEST = 2.0**53 - 1
_DAY, _MINUTE = 86_400_000, 60_000
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_GIVE_UP: Code = op("return", i32(0))


def scan_functions(names: Names, layout: Layout) -> tuple[Function, ...]:
    """All of them; the last thing that is placed of the names."""
    return decode(layout), text_end(), equal(), find(names, layout), number(layout), pair(), timestamp(layout)


def give_up_unless(condition: Code) -> Code:
    """Return 0 when the condition is 0."""
    return when(op("i32.eqz", condition), _GIVE_UP)


def byte(local: str, offset: int = 0) -> Code:
    """The byte at a local's address + offset."""
    return load("i32.load8_u", get(local), offset)


def is_byte(local: str, value: int, offset: int = 0) -> Code:
    """Whether the byte there is this one."""
    return op("i32.eq", byte(local, offset), i32(value))


def skip_space() -> Code:
    """Go over one space, as some writers put behind a comma and a colon."""
    return increase("at", is_byte("at", ord(" ")))


def decode(layout: Layout) -> Function:
    """decode(text, length) -> i32: percent-decode printable ASCII in place, and end it with a byte 0.

    It gives up on anything else, and on `&` and `#`, with which the query goes on; and on a backslash, with which a
    text would hold other characters than it is written with.
    """
    plain = bytearray(256)
    for value in range(0x20, 0x7F):
        plain[value] = value
    plain[ord("+")] = ord(" ")
    plain[ord("%")] = _SPECIAL
    for refused in "&#\\":
        plain[ord(refused)] = 0
    digits = bytearray(b"\xff" * 256)
    for value, digit in enumerate("0123456789abcdef"):
        digits[ord(digit)] = digits[ord(digit.upper())] = value
    plain_at, digits_at = layout.place(bytes(plain), 1), layout.place(bytes(digits), 1)

    def hexadecimal(offset: int) -> Code:
        return load("i32.load8_u", byte("at", offset), digits_at)

    escaped = join(
        put("unit", op("i32.or", op("i32.shl", hexadecimal(1), i32(4)), hexadecimal(2))),
        give_up_unless(op("i32.lt_u", op("i32.sub", get("unit"), i32(0x20)), i32(0x5F))),
        give_up_unless(op("i32.ne", get("unit"), i32(_BACKSLASH))),
        increase("at", i32(2)),
    )
    step = join(
        branch_if("end", op("i32.ge_u", get("at"), get("stop"))),
        put("unit", load("i32.load8_u", byte("at"), plain_at)),
        when(op("i32.lt_u", get("unit"), i32(2)), join(give_up_unless(get("unit")), escaped)),
        store("i32.store8", get("to"), get("unit")),
        increase("at", i32(1)),
        increase("to", i32(1)),
        branch("next"),
    )
    body = join(
        put("at", get("text")),
        put("to", get("text")),
        put("stop", op("i32.add", get("text"), get("length"))),
        # An escape that the end cuts short meets these.
        store("i32.store16", get("stop"), i32(0)),
        block("end", loop("next", step)),
        store("i32.store8", get("to"), i32(0)),
        get("to"),
    )
    locals = declare("i32", "at", "to", "stop", "unit")
    return Function("read_decode", declare("i32", "text", "length"), "i32", locals, body)


def text_end() -> Function:
    """text_end(at) -> i32: the address of the next quote, or 0 where the text is too long or has no end."""
    body = join(
        put("start", get("at")),
        loop(
            "next",
            when(
                op("i32.ne", tee("unit", byte("at")), i32(QUOTE)),
                join(give_up_unless(get("unit")), increase("at", i32(1)), branch("next")),
            ),
        ),
        op("select", get("at"), i32(0), op("i32.lt_u", op("i32.sub", get("at"), get("start")), i32(LONGEST + 1))),
    )
    return Function("read_text_end", declare("i32", "at"), "i32", declare("i32", "start", "unit"), body)


def equal() -> Function:
    """equal(a, b, length) -> i32: whether two texts are; up to seven bytes behind them are read."""
    body = join(
        block(
            "tail",
            loop(
                "next",
                branch_if("tail", op("i32.lt_u", get("length"), i32(8))),
                give_up_unless(op("i64.eq", load("i64.load", get("a")), load("i64.load", get("b")))),
                *(increase(name, i32(8)) for name in ("a", "b")),
                increase("length", i32(-8)),
                branch("next"),
            ),
        ),
        _masked(op("i64.xor", load("i64.load", get("a")), load("i64.load", get("b")))),
        op("i64.eq", i64(0)),
    )
    return Function("read_equal", declare("i32", "a", "b", "length"), "i32", (), body)


def find(names: Names, layout: Layout) -> Function:
    """find(context, text, length) -> i32: the number of a text in a context, or 0 when it is not known there."""
    table, bits = names.place(layout)
    is_long = op("i32.gt_u", get("length"), i32(8))
    first = load("i64.load", get("text"))
    last = load("i64.load", op("i32.add", get("text"), op("i32.sub", get("length"), i32(8))))
    sum_of = join(
        op("select", _masked(first), first, op("i32.lt_u", get("length"), i32(8))),
        when(is_long, op("i64.mul", last, i64(FIRST_FACTOR)), i64(0), result="i64"),
        op("i64.add"),
        op("i64.add", op("i64.extend_i32_u", get("key"))),
    )
    slot = op("i32.wrap_i64", op("i64.shr_u", op("i64.mul", sum_of, i64(SECOND_FACTOR)), i64(64 - bits)))
    is_it = call("read_equal", get("text"), load("i32.load", get("entry"), table + TEXT), get("length"))
    body = join(
        put("key", op("i32.or", op("i32.shl", get("context"), i32(16)), get("length"))),
        put("entry", op("i32.mul", slot, i32(ENTRY_BYTES))),
        loop(
            "next",
            put("found", load("i32.load", get("entry"), table + KEY)),
            give_up_unless(get("found")),
            when(
                op("i32.eq", get("found"), get("key")),
                when(is_it, op("return", load("i32.load", get("entry"), table + VALUE))),
            ),
            put("entry", op("i32.and", op("i32.add", get("entry"), i32(ENTRY_BYTES)), i32((ENTRY_BYTES << bits) - 1))),
            branch("next"),
        ),
        i32(0),
    )
    locals = declare("i32", "key", "entry", "found")
    return Function("read_find", declare("i32", "context", "text", "length"), "i32", locals, body)


def number(layout: Layout) -> Function:
    """number(at) -> i32: a decimal number without exponent whose digits make a whole number below 2^53.

    Then the digits and the power of ten are exact doubles, and their quotient is the double nearest to the number.
    """
    powers = layout.place(struct.pack(f"<{_MOST_DECIMALS + 1}d", *(10.0**power for power in range(_MOST_DECIMALS + 1))))
    digit = tee("digit", op("i32.sub", byte("at"), i32(ZERO)))

    def digits(label: str) -> Code:
        return join(
            put("start", get("at")),
            block(
                f"{label}_end",
                loop(
                    label,
                    branch_if(f"{label}_end", op("i32.gt_u", digit, i32(9))),
                    put("x", op("f64.add", op("f64.mul", get("x"), f64(10.0)), op("f64.convert_i32_u", get("digit")))),
                    increase("at", i32(1)),
                    branch(label),
                ),
            ),
            give_up_unless(op("i32.ne", get("at"), get("start"))),
        )

    decimals = op("i32.sub", get("at"), get("start"))
    body = join(
        put("negative", is_byte("at", MINUS)),
        increase("at", get("negative")),
        put("zero", is_byte("at", ZERO)),
        digits("whole"),
        when(op("i32.and", get("zero"), op("i32.gt_u", decimals, i32(1))), _GIVE_UP),
        when(
            is_byte("at", POINT),
            join(
                increase("at", i32(1)),
                digits("part"),
                give_up_unless(op("i32.lt_u", decimals, i32(_MOST_DECIMALS + 1))),
                give_up_unless(op("f64.le", get("x"), f64(_LARGEST))),
                put("x", op("f64.div", get("x"), load("f64.load", op("i32.shl", decimals, i32(3)), powers))),
            ),
        ),
        give_up_unless(op("f64.le", get("x"), f64(_LARGEST))),
        write("read_number", op("select", op("f64.neg", get("x")), get("x"), get("negative"))),
        get("at"),
    )
    locals = declare("i32", "negative", "zero", "start", "digit") + declare("f64", "x")
    return Function("read_decimal", declare("i32", "at"), "i32", locals, body)


def pair() -> Function:
    """pair(at) -> i32: the number that two digits write, or a number of 256 and more."""

    def digit(offset: int) -> Code:
        value = op("i32.sub", byte("at", offset), i32(ZERO))
        return op("select", tee("digit", value), i32(256), op("i32.lt_u", get("digit"), i32(10)))

    # The operands of `select` run before its condition.
    body = op("i32.add", op("i32.mul", digit(0), i32(10)), digit(1))
    return Function("read_pair", declare("i32", "at"), "i32", declare("i32", "digit"), body)


def timestamp(layout: Layout) -> Function:
    """timestamp(at) -> i32: whole ms, or `YYYY-MM-DDTHH:MM:SS[.f{1,9}]Z` of the years 1970 to 2099, as ms UTC."""
    before = [sum(_MONTH_DAYS[:month]) for month in range(12)]
    days = layout.place(struct.pack("<13i", 0, *_MONTH_DAYS), 4)
    days_before = layout.place(struct.pack("<13i", 0, *before), 4)
    year, month, day = get("year"), get("month"), get("day")

    def two(name: str, offset: int) -> Code:
        return put(name, call("read_pair", op("i32.add", get("at"), i32(offset))))

    def within(name: str, low: int, high: int) -> Code:
        return give_up_unless(op("i32.lt_u", op("i32.sub", get(name), i32(low)), i32(high - low + 1)))

    whole = join(
        give_up_unless(tee("at", call("read_decimal", get("at")))),
        give_up_unless(op("f64.eq", op("f64.floor", read("read_number")), read("read_number"))),
        give_up_unless(op("f64.le", op("f64.abs", read("read_number")), f64(8.64e15))),
        write("read_number", op("f64.add", read("read_number"), f64(0.0))),  # -0 is 0
        op("return", get("at")),
    )
    fraction = join(
        put("at", op("i32.add", get("at"), i32(21))),
        put("start", get("at")),
        put("scale", i32(100)),
        block(
            "fraction_end",
            loop(
                "fraction",
                branch_if("fraction_end", op("i32.gt_u", tee("digit", op("i32.sub", byte("at"), i32(ZERO))), i32(9))),
                put("ms", op("i32.add", get("ms"), op("i32.mul", get("digit"), get("scale")))),
                # 100, 10, 1, and then 0: further digits are cut.
                put(
                    "scale",
                    op("select", i32(10), op("i32.eq", get("scale"), i32(10)), op("i32.eq", get("scale"), i32(100))),
                ),
                increase("at", i32(1)),
                branch("fraction"),
            ),
        ),
        give_up_unless(op("i32.lt_u", op("i32.sub", op("i32.sub", get("at"), get("start")), i32(1)), i32(9))),
    )
    marks = [(5, "-"), (8, "-"), (11, "T"), (14, ":"), (17, ":")]
    is_leap = op("i32.eqz", op("i32.and", year, i32(3)))
    month_days = op(
        "i32.add",
        load("i32.load", op("i32.shl", month, i32(2)), days),
        op("i32.and", get("leap"), op("i32.eq", month, i32(2))),
    )
    since_1970 = reduce(
        lambda total, part: op("i32.add", total, part),
        [
            op("i32.mul", op("i32.sub", year, i32(1970)), i32(365)),
            op("i32.shr_u", op("i32.sub", year, i32(1969)), i32(2)),
            load("i32.load", op("i32.shl", month, i32(2)), days_before),
            op("i32.and", get("leap"), op("i32.gt_u", month, i32(2))),
            op("i32.sub", day, i32(1)),
        ],
    )
    minutes = op("i32.add", op("i32.mul", get("hour"), i32(60)), get("minute"))
    in_day = op(
        "i32.add", op("i32.mul", op("i32.add", op("i32.mul", minutes, i32(60)), get("second")), i32(1000)), get("ms")
    )
    body = join(
        when(op("i32.ne", byte("at"), i32(QUOTE)), whole),
        # A text that ends early ends in a quote, where a mark or a digit would have to be.
        two("year", 1),
        two("month", 3),
        put("year", op("i32.add", op("i32.mul", year, i32(100)), month)),
        within("year", 1970, 2099),
        *(give_up_unless(is_byte("at", ord(mark), offset)) for offset, mark in marks),
        two("month", 6),
        two("day", 9),
        two("hour", 12),
        two("minute", 15),
        two("second", 18),
        within("month", 1, 12),
        put("leap", is_leap),
        give_up_unless(op("i32.lt_u", op("i32.sub", day, i32(1)), month_days)),
        *(within(name, 0, most) for name, most in (("hour", 23), ("minute", 59), ("second", 59))),
        when(is_byte("at", POINT, 20), fraction, increase("at", i32(20))),
        give_up_unless(op("i32.and", is_byte("at", ord("Z")), is_byte("at", QUOTE, 1))),
        write(
            "read_number",
            op(
                "f64.add",
                op("f64.mul", op("f64.convert_i32_s", since_1970), f64(float(_DAY))),
                op("f64.convert_i32_s", in_day),
            ),
        ),
        op("i32.add", get("at"), i32(2)),
    )
    locals = declare("i32", "year", "month", "day", "hour", "minute", "second", "ms", "leap", "digit", "scale", "start")
    return Function("read_timestamp", declare("i32", "at"), "i32", locals, body)


def _masked(value: Code) -> Code:
    """An i64 with the bytes from `length`, which is below 8, on left out."""
    mask = op("i64.sub", op("i64.shl", i64(1), op("i64.extend_i32_u", op("i32.shl", get("length"), i32(3)))), i64(1))
    return op("i64.and", value, mask)
