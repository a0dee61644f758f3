"""Code that reads one input of a forest and gives the place of its value: a rank, or a class of categories.

The code is straight: no branch depends on the data, so the processor works on several views at once.
"""

from __future__ import annotations

import struct

from decision_engine.targets.wasm.arrange import Classes, Ranks
from decision_engine.targets.wasm.instructions import Code, call, f64, get, i32, join, load, op, put, tee
from decision_engine.targets.wasm.layout import Layout
from decision_engine.targets.wasm.module import Variables, declare
from decision_engine.trees.forest import NAN_CATEGORY, Transform

VIEW_LOCALS: Variables = declare("f64", "x") + declare("i32", "category")
"""The locals that the code below uses, besides the address `inputs`. After `rank_code`, `x` holds the view's value."""

ZERO_BAND = 1.0000000180025095e-35
"""1e-35 as float32: LightGBM takes what is within it for zero."""

_DENSE_FACTOR = 8
_DENSE_FLOOR = 1024
"""Categories take a dense table while the largest is below the floor, or below the factor times their number."""


def rank_code(view: Ranks, into: str, layout: Layout) -> Code:
    """Put 8 * rank of the view's value into the i32 local `into`; 0 when it is NaN.

    Shar's binary search: the first step takes the largest power of two P that fits, from either end; the others halve
    it.
    """
    thresholds = layout.place(struct.pack(f"<{len(view.thresholds)}d", *view.thresholds))
    step = 1 << (len(view.thresholds).bit_length() - 1)
    first = 8 * (len(view.thresholds) - step + 1)

    def is_below(address: Code, place: int) -> Code:
        return op("f64.lt", load("f64.load", address, thresholds + 8 * place), get("x"))

    parts = [put("x", _value(view)), put(into, op("i32.mul", is_below(i32(0), step - 1), i32(first)))]
    while step := step >> 1:
        jump = op("i32.shl", is_below(get(into), step - 1), i32((8 * step).bit_length() - 1))
        parts.append(put(into, op("i32.add", get(into), jump)))
    return join(*parts)


def class_code(view: Classes, layout: Layout) -> Code:
    """Code whose value is the class of the view's category (i32)."""
    other = view.count - 1
    known = dict(zip(view.categories, view.classes, strict=True))
    largest = max((category for category in known if not _is_nan(view, category)), default=-1)
    if not known:
        return i32(other)
    category = _category(view.input, view.transform)
    if largest < max(_DENSE_FLOOR, _DENSE_FACTOR * len(view.categories)):
        # Then comes the class of all larger ones and of -1, then that of NaN.
        row = [*(known.get(number, other) for number in range(largest + 2)), known.get(NAN_CATEGORY, other)]
        is_within = op("i32.lt_u", get("category"), i32(largest + 1))
        place = op("select", tee("category", category), i32(largest + 1), is_within)
        if NAN_CATEGORY in known and _is_nan(view, NAN_CATEGORY):
            place = op("select", i32(largest + 2), place, op("i32.eq", get("category"), i32(NAN_CATEGORY)))
    else:
        row = [*view.classes, other]
        values = layout.place(struct.pack(f"<{len(view.categories)}i", *view.categories))
        place = call("find", category, i32(values), i32(len(view.categories)))
    table = layout.place(struct.pack(f"<{len(row)}H", *row), 2)
    return load("i32.load16_u", op("i32.shl", place, i32(1)), table)


def _value(view: Ranks) -> Code:
    x = load("f64.load", get("inputs"), 8 * view.input)
    match view.transform:
        case Transform.AS_IS:
            return x
        case Transform.NAN_IS_ZERO:
            return op("select", tee("x", x), f64(0.0), op("f64.eq", get("x"), get("x")))
        case Transform.ZERO_IS_NAN:
            is_outside = op("f64.gt", op("f64.abs", get("x")), f64(ZERO_BAND))
            return op("select", tee("x", x), f64(float("nan")), is_outside)
        case Transform.CATEGORY | Transform.CATEGORY_OR_NAN | Transform.CATEGORY_FLOAT32:
            return op("f64.convert_i32_s", _category(view.input, view.transform))


def _is_nan(view: Classes, category: int) -> bool:
    return category == NAN_CATEGORY and view.transform is not Transform.CATEGORY


def _category(number: int, transform: Transform) -> Code:
    """The category of an input, or -1; the input, rounded when the transform says so, is put into `x`."""
    x = load("f64.load", get("inputs"), 8 * number)
    truncated = op("i32.trunc_sat_f64_s", get("x"))
    low, end = op("f64.gt", get("x"), f64(-1.0)), 2147483648.0
    if transform is Transform.CATEGORY_OR_NAN:
        is_integer = op("f64.eq", op("f64.convert_i32_s", truncated), get("x"))
        low, end = op("i32.and", op("f64.ge", get("x"), f64(0.0)), is_integer), float(NAN_CATEGORY)
    elif transform is Transform.CATEGORY_FLOAT32:
        x = op("f64.promote_f32", op("f32.demote_f64", x))
        low, end = op("f64.ge", get("x"), f64(0.0)), 16777216.0
    is_one = op("i32.and", low, op("f64.lt", get("x"), f64(end)))
    # is_one - 1 is 0 or all ones.
    category = op("i32.or", truncated, op("i32.sub", is_one, i32(1)))
    if transform is not Transform.CATEGORY:
        category = op("select", category, i32(NAN_CATEGORY), op("f64.eq", get("x"), get("x")))
    return join(put("x", x), category)
