"""The JavaScript functions that emitted programs are built on; a program holds only those that it calls.

`digit` reads one character of a forest's text; `below`, `below_or_missing` and `among` do a view's tests. NaN is
missing everywhere. Syntax and functions are those of CloudFront Functions, runtime 2.0, that njs 0.7.9 takes too.
"""

from __future__ import annotations

from decision_engine.exponential import COEFFICIENTS, INVERSE_LN2, LN2_HIGH, LN2_LOW, OVERFLOW, UNDERFLOW
from decision_engine.targets.cloudfront.text import number

_P1, _P2, _P3, _P4, _P5 = map(number, COEFFICIENTS)

LIBRARY = f"""\
const digit = (text, at) => {{ at = text.charCodeAt(at); return at - 35 - (at > 92); }};
const below = (truths, value, cuts) => {{ cuts.forEach(cut => truths.push(value <= cut)); }};
const below_or_missing = (truths, value, cuts) => {{ cuts.forEach(cut => truths.push(!(value > cut))); }};
// A category's character; "!" stands in no set.
const letter = value => value >= 0 && value < 90 ? String.fromCharCode(value + 35 + (value > 56)) : "!";
const among_letters = (truths, value, sets) => {{
  sets.forEach(set => truths.push(set.indexOf(letter(value)) >= 0));
}};
const among = (truths, value, sets) => {{ sets.forEach(set => truths.push(set.indexOf(value) >= 0)); }};

// Views of an input: zero taken for NaN (|x| <= 1e-35 as float32), a category or -1 for none.
const zero_is_nan = value => Math.abs(value) <= 1.0000000180025095e-35 ? NaN : value;
const category = value => value > -1 && value < 2147483648 ? value | 0 : -1;
// Views whose category 2147483647 stands for NaN.
const category_or_nan = value =>
  value != value ? 2147483647 : value >= 0 && value < 2147483647 && value % 1 == 0 ? value : -1;
const category_float32 = value => {{
  value = Math.fround(value);
  return value != value ? 2147483647 : value >= 0 && value < 16777216 ? value | 0 : -1;
}};

// The finaliser of MurmurHash3 (Austin Appleby, public domain).
const scatter = word => {{
  word = Math.imul(word ^ word >>> 16, 2246822507);
  word = Math.imul(word ^ word >>> 13, 3266489909);
  return (word ^ word >>> 16) >>> 0;
}};
const bucket = (first, second, salt) =>
  first == first && second == second ? scatter(first ^ scatter(second + salt | 0)) : NaN;

// 2 to the power n in exact steps.
const power = exponent => {{
  let result = 1;
  for (; exponent > 0; exponent--) result *= 2;
  for (; exponent < 0; exponent++) result /= 2;
  return result;
}};
// 1 / (1 + e^-x) in basic operations, so that every platform gives the same bits (after fdlibm's e_exp.c).
const logistic = value => {{
  value = -value;
  if (value != value) return value;
  if (value > {number(OVERFLOW)}) return 0;
  if (value < {number(UNDERFLOW)}) return 1;
  const times = Math.floor(value * {number(INVERSE_LN2)} + .5);
  const half = Math.floor(times * .5);
  return 1 / (1 + mantissa(value, times) * power(half) * power(times - half));
}};
// The same where |value| is below 700, so that no power is too large or too small.
const logistic_near = value => {{
  const times = Math.floor(value * -{number(INVERSE_LN2)} + .5);
  return 1 / (1 + mantissa(-value, times) * power(times));
}};
const mantissa = (value, times) => {{
  const high = value - times * {number(LN2_HIGH)};
  const low = times * {number(LN2_LOW)};
  value = high - low;
  const square = value * value;
  value -= square * ({_P1} + square * ({_P2} + square * ({_P3} + square * ({_P4} + square * {_P5}))));
  return 1 - (low - (high - low) * value / (2 - value) - high);
}};

// Words of a text where a capital letter stands for a part of them.
const unpack = (text, parts) => text.replace(/[A-Z]/g, one => parts[one.charCodeAt() - 65]).split(" ");

// The payloads, from `base` on, of the best `top` that are eligible: highest score first, NaN last, ties in order.
const rank = (base, eligible, scores, top) => eligible
  .map((is, place) => is ? place : -1)
  .filter(place => place >= 0)
  .sort((one, other) => (scores[other] > scores[one]) - (scores[other] < scores[one])
    || (scores[one] != scores[one]) - (scores[other] != scores[other]) || one - other)
  .slice(0, top)
  .map(place => base + place);
"""
