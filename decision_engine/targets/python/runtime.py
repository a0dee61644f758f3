"""The Python functions that generated modules are built on; a module holds only those that it calls."""

from __future__ import annotations

from decision_engine.exponential import COEFFICIENTS, INVERSE_LN2, LN2_HIGH, LN2_LOW, OVERFLOW, UNDERFLOW

_P1, _P2, _P3, _P4, _P5 = COEFFICIENTS

NUMBERS = '''\
def _numbers(kind, text):
    """The numbers of base64 text, little endian; `kind` is their format in struct."""
    content = b64decode(text)
    return unpack(f"<{len(content) // calcsize(kind)}{kind}", content)
'''

BUCKET = '''\
def _fmix32(h):
    """The finaliser of MurmurHash3 (Austin Appleby, public domain)."""
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return h ^ (h >> 16)


def _bucket(a, b, salt):
    """The bucket of a unit, 0 to 2^32 - 1, from the two hashes of its id; NaN when the unit is missing."""
    if a != a or b != b:
        return NAN
    return float(_fmix32(int(a) ^ _fmix32((int(b) + salt) & 0xFFFFFFFF)))
'''

DIVIDE = '''\
def _divide(a, b):
    """IEEE-754 division: by zero it gives an infinity, or NaN for 0/0."""
    if b != 0.0:
        return a / b
    if a == 0.0 or a != a:
        return NAN
    return copysign(INFINITY, copysign(1.0, a) * copysign(1.0, b))
'''

MIN = '''\
def _min(a, b):
    """The smaller; NaN when either is; -0.0 is below 0.0."""
    if a < b or a != a:
        return a
    if b < a or b != b:
        return b
    return a if copysign(1.0, a) < 0.0 else b
'''

MAX = '''\
def _max(a, b):
    """The larger; NaN when either is; -0.0 is below 0.0."""
    if a > b or a != a:
        return a
    if b > a or b != b:
        return b
    return b if copysign(1.0, a) < 0.0 else a
'''

LOGISTIC = f'''\
def _exp(x):
    """e to the power x in basic operations, so that every platform gives the same bits (after fdlibm's e_exp.c)."""
    if x != x:
        return x
    if x > {OVERFLOW!r}:
        return INFINITY
    if x < {UNDERFLOW!r}:
        return 0.0
    k = floor(x * {INVERSE_LN2!r} + 0.5)
    high = x - k * {LN2_HIGH!r}
    low = k * {LN2_LOW!r}
    r = high - low
    t = r * r
    c = r - t * ({_P1!r} + t * ({_P2!r} + t * ({_P3!r} + t * ({_P4!r} + t * {_P5!r}))))
    y = 1.0 - ((low - r * c / (2.0 - c)) - high)
    h = k >> 1
    return (y * ldexp(1.0, h)) * ldexp(1.0, k - h)


def _logistic(x):
    return 1.0 / (1.0 + _exp(-x))
'''

RANKED = '''\
def _ranked(found, top):
    """How many of the found (index, score) pairs are among the best `top`, and their indices, padded with 0.

    NaN ranks last, and a tie leaves the earlier candidate ahead.
    """
    found.sort(key=lambda pair: (pair[1] != pair[1], -pair[1] if pair[1] == pair[1] else 0.0))
    best = [index for index, _ in found[:top]]
    return [len(best), *best, *[0] * (top - len(best))]
'''

VIEWS = '''\
def _nan_is_zero(x):
    return x if x == x else 0.0


def _zero_is_nan(x):
    """Zero, for LightGBM, is what is within 1e-35 as float32."""
    return NAN if -1.0000000180025095e-35 <= x <= 1.0000000180025095e-35 else x


def _category(x):
    """The number truncated toward zero, or -1 for no category."""
    return int(x) if -1.0 < x < 2147483648.0 else -1
'''

CATEGORY_OR_NAN = '''\
def _category_or_nan(x):
    """The number itself when it is an integer, 2147483647 for NaN, or -1 for no category."""
    if x != x:
        return 2147483647
    return int(x) if 0.0 <= x < 2147483647.0 and int(x) == x else -1
'''

CATEGORY_FLOAT32 = '''\
def _category_float32(x):
    """The number as float32, truncated, 2147483647 for NaN, or -1 for no category."""
    y = _float32_sum(x, ())
    if y != y:
        return 2147483647
    return int(y) if 0.0 <= y < 16777216.0 else -1
'''

FLOAT32 = '''\
def _float32_sum(start, leaves):
    """The sum in order, rounded to float32 at the start and after each addition."""
    total = array("f", (start,))
    for leaf in leaves:
        total[0] += leaf
    return total[0]
'''

PREFIX_AND = '''\
# Prefix-AND (after QuickScorer, SIGIR 2015): a view's value selects a row, a big integer with one lane of bits a tree:
# the leaves that the view's tests leave possible. The AND of the rows of all views has each tree's exit leaf as the
# lowest bit of its lane. A cut is a test's tree and the leaves (low to high - 1) on its left, which a failing test
# excludes.


def _clear(words, tree, leaves):
    words[tree] &= ~((1 << (leaves >> 6 & 127)) - (1 << (leaves & 63)))


def _join(words, kind):
    return int.from_bytes(pack(f"<{len(words)}{kind}", *words), "little")


def _number_rows(trees, kind, has_nan, cuts):
    """One row for each count of thresholds below the value, and one for NaN. `cuts` has a list for each threshold."""
    words = [(1 << 8 * calcsize(kind)) - 1] * trees
    nan_words = words[:]
    rows = [_join(words, kind)]
    for group in cuts:
        for tree, leaves in group:
            _clear(words, tree, leaves)
            if leaves < 8192:
                _clear(nan_words, tree, leaves)
        rows.append(_join(words, kind))
    if has_nan:
        rows.append(_join(nan_words, kind))
    return rows


def _category_rows(trees, kind, levels, cuts):
    """One row for each level, and under -1 one for all other values. A cut also has the places of its set's levels."""
    rows = [[(1 << 8 * calcsize(kind)) - 1] * trees for _ in range(len(levels) + 1)]
    for tree, leaves, kept in cuts:
        for place, words in enumerate(rows):
            if place not in kept:
                _clear(words, tree, leaves)
    return dict(zip((*levels, -1), (_join(words, kind) for words in rows)))


def _leaf_tables(leaves, sizes):
    """For each tree, its leaves by their bit."""
    leaves = iter(leaves)
    return [{1 << place: next(leaves) for place in range(size)} for size in sizes]


def _groups(sizes, *columns):
    """Rows of the columns, in groups of these sizes."""
    rows = zip(*columns)
    return [list(islice(rows, size)) for size in sizes]
'''

NODE_TABLE = '''\
def _left_children(slot, roots):
    """The left child of each node; the nodes of a tree stand level by level, and a leaf has slot 0."""
    left = [0] * len(slot)
    for root, end in zip(roots, (*roots[1:], len(slot))):
        child = root + 1
        for node in range(root, end):
            if slot[node]:
                left[node] = child
                child += 2
    return left


def _walk(node, slots, sets, slot, value, left, words):
    """The leaf reached from a node. A slot holds a number, or from number `sets` on the place of a category."""
    while s := slot[node]:
        x = slots[s]
        if x <= value[node] if s < sets else words[int(value[node]) + (x >> 5)] >> (x & 31) & 1:
            node = left[node]
        else:
            node = left[node] + 1
    return value[node]
'''

NAN_SIDE = '''\
def _nan_left(x):
    """NaN goes left: -infinity is at most any threshold."""
    return x if x == x else -INFINITY
'''

_PIECES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("_bucket(",), BUCKET),
    (("_divide(",), DIVIDE),
    (("_min(",), MIN),
    (("_max(",), MAX),
    (("_logistic(",), LOGISTIC),
    (("_ranked(",), RANKED),
    (("_nan_is_zero(", "_zero_is_nan(", "_category("), VIEWS),
    (("_category_or_nan(",), CATEGORY_OR_NAN),
    (("_category_float32(",), CATEGORY_FLOAT32),
    (("_category_float32(", "_float32_sum("), FLOAT32),
    (("_leaf_tables(",), PREFIX_AND),
    (("_left_children(",), NODE_TABLE),
    (("_nan_left(",), NAN_SIDE),
    (("_numbers(",), NUMBERS),
)
"""What to look for in generated code, and the functions that it then needs."""

IMPORTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("array", ("array",)),
    ("base64", ("b64decode",)),
    ("bisect", ("bisect_left",)),
    ("functools", ("reduce",)),
    ("itertools", ("islice",)),
    ("math", ("copysign", "floor", "ldexp")),
    ("operator", ("add", "getitem")),
    ("struct", ("calcsize", "pack", "unpack")),
)
"""The standard library's functions that generated code may call."""


def needed_by(code: str) -> list[str]:
    """The functions that `code` calls, in a fixed order."""
    return [text for calls, text in _PIECES if any(call in code for call in calls)]


def imports_of(code: str) -> list[str]:
    """The import statements for the functions that `code` names."""
    lines = []
    for module, names in IMPORTS:
        found = [name for name in names if f"{name}(" in code or f"({name}," in code]
        if found:
            lines.append(f"from {module} import {', '.join(found)}")
    return lines
