"""The JavaScript functions that generated modules are built on; a module holds only those that it calls."""

from __future__ import annotations

from decision_engine.exponential import COEFFICIENTS, INVERSE_LN2, LN2_HIGH, LN2_LOW, OVERFLOW, UNDERFLOW

_P1, _P2, _P3, _P4, _P5 = COEFFICIENTS

BYTES = """\
// The bytes of base64 text; numbers in it are little endian, as every engine's arrays are.
function bytes(text) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const values = new Uint8Array(128);
  for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;
  let size = (text.length >> 2) * 3;
  if (text.charCodeAt(text.length - 1) === 61) size--;
  if (text.charCodeAt(text.length - 2) === 61) size--;
  const result = new Uint8Array(size);
  for (let i = 0, at = 0; at < size; i += 4) {
    const word =
      (values[text.charCodeAt(i)] << 18) |
      (values[text.charCodeAt(i + 1)] << 12) |
      (values[text.charCodeAt(i + 2)] << 6) |
      values[text.charCodeAt(i + 3)];
    result[at++] = word >> 16;
    result[at++] = word >> 8;
    result[at++] = word;
  }
  return result;
}
"""

BUCKET = """\
// The finaliser of MurmurHash3 (Austin Appleby, public domain).
function fmix32(h) {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

// The bucket of a unit, 0 to 2^32 - 1, from the two hashes of its id; NaN when the unit is missing.
function bucket(a, b, salt) {
  return a === a && b === b ? fmix32(a ^ fmix32((b + salt) | 0)) >>> 0 : NaN;
}
"""

LOGISTIC = f"""\
const power = new DataView(new ArrayBuffer(8));

// 2 to the power n, for a normal result.
function power_of_two(n) {{
  power.setInt32(0, (n + 1023) << 20);
  return power.getFloat64(0);
}}

// e to the power x in basic operations, so that every platform gives the same bits (after fdlibm's e_exp.c).
function exp(x) {{
  if (x !== x) return x;
  if (x > {OVERFLOW!r}) return Infinity;
  if (x < {UNDERFLOW!r}) return 0;
  const k = Math.floor(x * {INVERSE_LN2!r} + 0.5);
  const high = x - k * {LN2_HIGH!r};
  const low = k * {LN2_LOW!r};
  const r = high - low;
  const t = r * r;
  const c = r - t * ({_P1!r} + t * ({_P2!r} + t * ({_P3!r} + t * ({_P4!r} + t * {_P5!r}))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  const h = Math.floor(k * 0.5);
  return y * power_of_two(h) * power_of_two(k - h);
}}

function logistic(x) {{
  return 1 / (1 + exp(-x));
}}
"""

RANKING = """\
// Put a candidate among the best `top` so far: codes[at] counts them, their indices follow, best first.
// NaN ranks last; a tie leaves the earlier candidate ahead.
function place(codes, at, top, index, score) {
  let n = codes[at];
  if (n < top) codes[at] = n + 1;
  else if (beats(score, best[n - 1])) n--;
  else return;
  for (; n > 0 && beats(score, best[n - 1]); n--) {
    best[n] = best[n - 1];
    codes[at + 1 + n] = codes[at + n];
  }
  best[n] = score;
  codes[at + 1 + n] = index;
}

function beats(a, b) {
  return a > b || (a === a && b !== b);
}
"""

VIEWS = """\
// Views of an input: NaN taken for zero, zero taken for NaN (|x| <= 1e-35 as float32), a category or -1 for none.
function nan_is_zero(x) {
  return x === x ? x : 0;
}

function zero_is_nan(x) {
  return x >= -1.0000000180025095e-35 && x <= 1.0000000180025095e-35 ? NaN : x;
}

function category(x) {
  return x > -1 && x < 2147483648 ? x | 0 : -1;
}
"""

NAN_VIEWS = """\
// Views whose category 2147483647 stands for NaN: of integers alone, or of any x as float32.
function category_or_nan(x) {
  return x !== x ? 2147483647 : x >= 0 && x < 2147483647 && (x | 0) === x ? x | 0 : -1;
}

function category_float32(x) {
  const y = Math.fround(x);
  return y !== y ? 2147483647 : y >= 0 && y < 16777216 ? y | 0 : -1;
}
"""

RANKS = """\
// How many of the sorted thresholds[start..end) are below x; one more than their number for NaN.
function number_row(thresholds, start, end, x) {
  if (x !== x) return end - start + 1;
  let low = start;
  while (low < end) {
    const middle = (low + end) >> 1;
    if (thresholds[middle] < x) low = middle + 1;
    else end = middle;
  }
  return low - start;
}
"""

LEVELS = """\
// The place of x in the sorted levels[start..end), or their number when it is not there.
function level_row(levels, start, end, x) {
  const count = end - start;
  let low = start;
  while (low < end) {
    const middle = (low + end) >> 1;
    if (levels[middle] < x) low = middle + 1;
    else end = middle;
  }
  return low < start + count && levels[low] === x ? low - start : count;
}
"""

PREFIX_AND = """\
// Prefix-AND (after QuickScorer, SIGIR 2015): a view's value selects a row, which has for every tree the mask of the
// leaves that the view's tests leave possible. The AND of the rows of all views has the exit leaf as its lowest bit.
// A cut is a test's tree and the leaves (low to high - 1) on its left, which a failing test excludes; `counts` says how
// many cuts belong to each threshold, or to each category view. `numbers` has for each number view the count of its
// thresholds and whether it has a row for NaN, `categories` the count of levels of each category view, and `kept` for
// each set its size and the places of its levels.
function prefix_rows(trees, width, size, numbers, categories, counts, cut_trees, cut_leaves, kept) {
  const rows = new Int32Array(size * width);
  let row = 0;
  let cut = 0;
  let group = 0;
  for (let c = 0; c < numbers.length; c += 2) {
    const last = row + numbers[c];
    const nan_row = numbers[c + 1] ? last + 1 : 0;
    rows.fill(-1, row * width, (row + 1) * width);
    if (nan_row) rows.fill(-1, nan_row * width, (nan_row + 1) * width);
    while (row < last) {
      rows.copyWithin((row + 1) * width, row * width, (row + 1) * width);
      row++;
      for (let end = cut + counts[group++]; cut < end; cut++) {
        clear(rows, row * width, trees, cut_trees[cut], cut_leaves[cut]);
        if (nan_row && cut_leaves[cut] < 8192) clear(rows, nan_row * width, trees, cut_trees[cut], cut_leaves[cut]);
      }
    }
    row += numbers[c + 1] ? 2 : 1;
  }
  let next = 0;
  for (let c = 0; c < categories.length; c++) {
    rows.fill(-1, row * width, (row + categories[c] + 1) * width);
    for (let end = cut + counts[group++]; cut < end; cut++) {
      const stop = next + 1 + kept[next++];
      for (let level = 0; level <= categories[c]; level++) {
        if (next < stop && kept[next] === level) next++;
        else clear(rows, (row + level) * width, trees, cut_trees[cut], cut_leaves[cut]);
      }
    }
    row += categories[c] + 1;
  }
  return rows;
}

// Clear the bits of the leaves low = leaves & 63 to high - 1 = (leaves >> 6 & 127) - 1 of one tree.
function clear(rows, row, trees, tree, leaves) {
  const low = leaves & 63;
  const high = (leaves >> 6) & 127;
  if (low < 32) rows[row + tree] &= ~(ones(high) & ~ones(low));
  if (high > 32) rows[row + trees + tree] &= ~(ones(high - 32) & ~ones(low - 32));
}

function ones(n) {
  return n >= 32 ? -1 : n > 0 ? (1 << n) - 1 : 0;
}
"""

CROSS = """\
// The rows of two views in one table: from row `to` on, the AND of each of `count` rows from `one` on with each of
// `others` rows from `other` on.
function cross_rows(rows, width, one, count, other, others, to) {
  let at = to * width;
  for (let i = one * width; i < (one + count) * width; i += width) {
    for (let j = other * width; j < (other + others) * width; j += width) {
      for (let n = 0; n < width; n++) rows[at++] = rows[i + n] & rows[j + n];
    }
  }
}
"""

STARTS = """\
// Where each part begins when parts of these sizes follow each other.
function starts(sizes) {
  const result = new Int32Array(sizes.length);
  for (let i = 1; i < sizes.length; i++) result[i] = result[i - 1] + sizes[i - 1];
  return result;
}
"""

NODE_TABLE = """\
// The left child of each node (a leaf has slot 0 and itself); the nodes of a tree stand level by level.
function left_children(slot, roots) {
  const left = new Int32Array(slot.length);
  for (let t = 0; t < roots.length; t++) {
    let next = roots[t] + 1;
    for (let node = roots[t]; node < (t + 1 < roots.length ? roots[t + 1] : slot.length); node++) {
      left[node] = node;
      if (slot[node] !== 0) {
        left[node] = next;
        next += 2;
      }
    }
  }
  return left;
}

// The value of the leaf reached from `node`. A slot holds a number, which is compared with the node's value, or from
// number `sets` on the place of a category, whose bit is looked up in the words from the node's value on.
function walk(node, slots, sets, slot, value, left, words) {
  for (;;) {
    const s = slot[node];
    if (s === 0) return value[node];
    const x = slots[s];
    const holds = s < sets ? x <= value[node] : ((words[value[node] + (x >> 5)] >>> (x & 31)) & 1) === 1;
    node = left[node] + (holds ? 0 : 1);
  }
}
"""

NAN_SIDE = """\
// NaN goes left: -Infinity is at most any threshold.
function nan_left(x) {
  return x === x ? x : -Infinity;
}
"""

PIECES: tuple[tuple[str, str], ...] = (
    ("bucket(", BUCKET),
    ("logistic(", LOGISTIC),
    ("place(", RANKING),
    ("number_row(", RANKS),
    ("level_row(", LEVELS),
    ("prefix_rows(", PREFIX_AND),
    ("cross_rows(", CROSS),
    ("starts(", STARTS),
    ("left_children(", NODE_TABLE),
    ("nan_left(", NAN_SIDE),
    ('bytes("', BYTES),
)
"""What to look for in generated code, and the functions that it then needs."""

VIEW_CALLS = (
    (("nan_is_zero(", "zero_is_nan(", "category("), VIEWS),
    (("category_or_nan(", "category_float32("), NAN_VIEWS),
)
"""Any of these calls needs the functions beside it."""


def needed_by(code: str) -> str:
    """The functions that `code` calls, in a fixed order."""
    pieces = [text for call, text in PIECES if call in code]
    pieces += [text for calls, text in VIEW_CALLS if any(call in code for call in calls)]
    return "\n".join(pieces)
