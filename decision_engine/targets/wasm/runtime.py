"""The functions that every emitted module may call: hashing, the logistic function, searches, ordering candidates."""

from __future__ import annotations

from functools import reduce

from decision_engine.exponential import COEFFICIENTS, INVERSE_LN2, LN2_HIGH, LN2_LOW, OVERFLOW, UNDERFLOW
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
    repeat,
    store,
    when,
)
from decision_engine.targets.wasm.module import Function, declare


def functions() -> tuple[Function, ...]:
    """All of them, in a fixed order."""
    return fmix32(), murmur_hash(), bucket(), logistic(), contains(), find(), order_candidates()


def fmix32() -> Function:
    """fmix32(h: i32) -> i32: the finaliser of MurmurHash3 (Austin Appleby, public domain)."""
    h = get("h")

    def fold(shift: int) -> Code:
        return put("h", op("i32.xor", h, op("i32.shr_u", h, i32(shift))))

    def multiply(factor: int) -> Code:
        return put("h", op("i32.mul", h, i32(factor)))

    body = join(fold(16), multiply(0x85EBCA6B), fold(13), multiply(0xC2B2AE35), fold(16), h)
    return Function("fmix32", declare("i32", "h"), "i32", (), body)


def murmur_hash() -> Function:
    """hash(text: i32, length: i32, seed: i32) -> i32: MurmurHash3_x86_32 of `length` bytes at `text`."""
    h, k, text, tail = get("seed"), get("k"), get("text"), get("tail")

    def scrambled(block_of_text: Code) -> Code:
        return op("i32.mul", op("i32.rotl", op("i32.mul", block_of_text, i32(0xCC9E2D51)), i32(15)), i32(0x1B873593))

    mixed = op("i32.xor", h, scrambled(load("i32.load", text)))
    whole_blocks = block(
        "blocks_end",
        loop(
            "blocks",
            branch_if("blocks_end", op("i32.eq", text, get("end"))),
            put("seed", op("i32.add", op("i32.mul", op("i32.rotl", mixed, i32(13)), i32(5)), i32(0xE6546B64))),
            increase("text", i32(4)),
            branch("blocks"),
        ),
    )
    last_bytes = block(
        "tail_end",
        *(
            join(
                branch_if("tail_end", op("i32.lt_u", tail, i32(at + 1))),
                put("k", op("i32.or", k, op("i32.shl", load("i32.load8_u", text, at), i32(8 * at)))),
            )
            for at in range(3)
        ),
    )
    body = join(
        put("end", op("i32.add", text, op("i32.and", get("length"), i32(-4)))),
        whole_blocks,
        put("tail", op("i32.and", get("length"), i32(3))),
        last_bytes,
        call("fmix32", op("i32.xor", op("i32.xor", h, scrambled(k)), get("length"))),
    )
    parameters = declare("i32", "text", "length", "seed")
    return Function("hash", parameters, "i32", declare("i32", "end", "k", "tail"), body, exported=True)


def bucket() -> Function:
    """bucket(a: f64, b: f64, salt: i32) -> f64: fmix32(a xor fmix32(b + salt)) as a number; NaN when a or b is."""
    inner = call("fmix32", op("i32.add", op("i32.trunc_sat_f64_u", get("b")), get("salt")))
    mixed = call("fmix32", op("i32.xor", op("i32.trunc_sat_f64_u", get("a")), inner))
    present = op("i32.and", op("f64.eq", get("a"), get("a")), op("f64.eq", get("b"), get("b")))
    body = op("select", op("f64.convert_i32_u", mixed), f64(float("nan")), present)
    return Function("bucket", declare("f64", "a", "b") + declare("i32", "salt"), "f64", (), body)


def logistic() -> Function:
    """logistic(x: f64) -> f64: 1 / (1 + exp(-x)), step by step as decision_engine/exponential.py has it."""

    def infix(name: str, left: Code, right: Code) -> Code:
        return op(f"f64.{name}", left, right)

    def power_of_two(exponent: Code) -> Code:
        biased = op("i64.add", op("i64.trunc_sat_f64_s", exponent), i64(1023))
        return op("f64.reinterpret_i64", op("i64.shl", biased, i64(52)))

    x, k, r, t, c, h, high, low = (get(name) for name in ("x", "k", "r", "t", "c", "h", "high", "low"))
    polynomial = reduce(
        lambda rest, p: infix("add", f64(p), infix("mul", t, rest)), COEFFICIENTS[-2::-1], f64(COEFFICIENTS[-1])
    )
    quotient = infix("div", infix("mul", r, c), infix("sub", f64(2.0), c))
    exp = join(
        put("k", op("f64.floor", infix("add", infix("mul", x, f64(INVERSE_LN2)), f64(0.5)))),
        put("high", infix("sub", x, infix("mul", k, f64(LN2_HIGH)))),
        put("low", infix("mul", k, f64(LN2_LOW))),
        put("r", infix("sub", high, low)),
        put("t", infix("mul", r, r)),
        put("c", infix("sub", r, infix("mul", t, polynomial))),
        put("h", op("f64.floor", infix("mul", k, f64(0.5)))),
        infix("sub", f64(1.0), infix("sub", infix("sub", low, quotient), high)),
        infix("mul", power_of_two(h), ()),
        infix("mul", power_of_two(infix("sub", k, h)), ()),
    )
    body = join(
        put("x", op("f64.neg", x)),
        when(op("f64.ne", x, x), join(x, op("return"))),
        when(op("f64.gt", x, f64(OVERFLOW)), join(f64(0.0), op("return"))),
        when(op("f64.lt", x, f64(UNDERFLOW)), join(f64(1.0), op("return"))),
        infix("div", f64(1.0), infix("add", f64(1.0), exp)),
    )
    return Function(
        "logistic", declare("f64", "x"), "f64", declare("f64", "k", "high", "low", "r", "t", "c", "h"), body
    )


def contains() -> Function:
    """contains(x: f64, values: i32, count: i32) -> i32: whether x is among `count` >= 1 sorted doubles at `values`.

    A binary search without branches on the data: `values` moves up while the middle is at most x. NaN is among none.
    """
    middle = op("i32.add", get("values"), op("i32.shl", get("half"), i32(3)))
    step = join(
        branch_if("end", op("i32.lt_u", get("count"), i32(2))),
        put("half", op("i32.shr_u", get("count"), i32(1))),
        put("values", op("select", middle, get("values"), op("f64.le", load("f64.load", middle), get("x")))),
        put("count", op("i32.sub", get("count"), get("half"))),
        branch("search"),
    )
    body = join(block("end", loop("search", step)), op("f64.eq", load("f64.load", get("values")), get("x")))
    parameters = declare("f64", "x") + declare("i32", "values", "count")
    return Function("contains", parameters, "i32", declare("i32", "half"), body)


def find() -> Function:
    """find(x: i32, values: i32, count: i32) -> i32: the place of x among `count` >= 1 sorted i32, or `count`."""
    middle = op("i32.add", get("at"), op("i32.shl", get("half"), i32(2)))
    step = join(
        branch_if("end", op("i32.lt_u", get("left"), i32(2))),
        put("half", op("i32.shr_u", get("left"), i32(1))),
        put("at", op("select", get("at"), middle, op("i32.gt_s", load("i32.load", middle), get("x")))),
        put("left", op("i32.sub", get("left"), get("half"))),
        branch("search"),
    )
    place = op("i32.shr_u", op("i32.sub", get("at"), get("values")), i32(2))
    body = join(
        put("at", get("values")),
        put("left", get("count")),
        block("end", loop("search", step)),
        op("select", place, get("count"), op("i32.eq", load("i32.load", get("at")), get("x"))),
    )
    return Function("find", declare("i32", "x", "values", "count"), "i32", declare("i32", "half", "at", "left"), body)


CANDIDATE_BYTES = 16
"""A candidate under ranking: its score (f64), its index (i32), padding."""


def order_candidates() -> Function:
    """order_candidates(list: i32, count: i32): sort candidates, highest score first, NaN last, ties as they came.

    Insertion sort: a candidate moves up past those that it beats. At most 64 come, mostly fewer.
    """
    score, index, above = get("score"), get("index"), get("above")
    other = load("f64.load", above)
    beats = op(
        "i32.or",
        op("f64.gt", score, other),
        op("i32.and", op("f64.eq", score, score), op("f64.ne", other, other)),
    )
    move_up = block(
        "placed",
        loop(
            "up",
            branch_if("placed", op("i32.eq", get("place"), get("list"))),
            put("above", op("i32.sub", get("place"), i32(CANDIDATE_BYTES))),
            branch_if("placed", op("i32.eqz", beats)),
            store("f64.store", get("place"), other),
            store("i32.store", get("place"), load("i32.load", above, 8), 8),
            put("place", above),
            branch("up"),
        ),
    )
    insert = repeat(
        "next",
        "n",
        get("count"),
        put("place", op("i32.add", get("list"), op("i32.mul", get("n"), i32(CANDIDATE_BYTES)))),
        put("score", load("f64.load", get("place"))),
        put("index", load("i32.load", get("place"), 8)),
        move_up,
        store("f64.store", get("place"), score),
        store("i32.store", get("place"), index, 8),
    )
    locals = declare("i32", "n", "place", "above", "index") + declare("f64", "score")
    return Function("order_candidates", declare("i32", "list", "count"), None, locals, insert)
