/**
 * The one rule for JSON that came over the network (docs/reference/host.md, "Strict JSON").
 *
 * The parser is the platform's own; what it lets pass is found afterwards. A duplicate key vanishes in the parsed
 * value, so keys are counted twice: in the text, jumping from quote to quote with indexOf, and in the value. Fewer in
 * the value means a duplicate, however the key was escaped.
 */

import { requestError } from "./errors.js";

/** The most bytes of UTF-8 that are read. */
export const MOST_BYTES = 65536;

const DEEPEST = 32;
const MOST_KEYS = 256;
const LARGEST = Number.MAX_SAFE_INTEGER;
const BYTE_ORDER_MARK = 0xfeff;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Read an object from the bytes of a body.
 * @param {Uint8Array} bytes
 * @returns {object}
 */
export function parseObject(bytes) {
  return parseObjectText(decodeUtf8(bytes));
}

/**
 * Read an object from well-formed text.
 * @param {string} text
 * @returns {object}
 */
export function parseObjectText(text) {
  const value = parseText(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw requestError("not-an-object");
  return value;
}

/**
 * Decode the UTF-8 of a body that is not too large.
 * @param {Uint8Array} bytes
 * @returns {string}
 */
export function decodeUtf8(bytes) {
  if (bytes.length > MOST_BYTES) throw requestError("too-large");
  try {
    return decoder.decode(bytes);
  } catch {
    throw requestError("not-utf8");
  }
}

/**
 * Read any JSON value from well-formed text.
 * @param {string} text
 * @returns {unknown}
 */
export function parseText(text) {
  if (!fits(text)) throw requestError("too-large");
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) throw requestError("not-utf8");
  const value = parseNative(text);
  const census = { keys: 0, deep: false, badNumber: false };
  take(value, 1, census);
  if (census.deep) throw requestError("too-deep");
  if (census.keys > MOST_KEYS || !isKeyCountPlain(text, census.keys)) checkKeys(text, census.keys);
  // Decoded UTF-8 holds no lone surrogate: only an escape can make one.
  if (text.includes("\\u") && !isWellFormed(value)) throw requestError("bad-text");
  if (census.badNumber) throw requestError("bad-number");
  return value;
}

/** Tell whether the text's UTF-8 has at most `MOST_BYTES`; a UTF-16 unit takes one to three bytes. */
function fits(text) {
  if (text.length * 3 <= MOST_BYTES) return true;
  return text.length <= MOST_BYTES && new TextEncoder().encode(text).length <= MOST_BYTES;
}

function parseNative(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw requestError("not-json");
  }
}

function take(value, depth, census) {
  if (typeof value === "number") {
    if (!(value <= LARGEST && value >= -LARGEST)) census.badNumber = true;
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (depth > DEEPEST) {
    census.deep = true;
    return;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) take(value[i], depth + 1, census);
    return;
  }
  const keys = Object.keys(value);
  census.keys += keys.length;
  for (let i = 0; i < keys.length; i += 1) take(value[keys[i]], depth + 1, census);
}

/**
 * Tell at a glance that the text has `keys` keys and no more. Where no space stands between a key and its colon, each key
 * shows as `":`, as may the inside of a text: so that many or more are found, and as many as in the value only when no
 * key was lost. Anything else is for `checkKeys` to find out.
 */
function isKeyCountPlain(text, keys) {
  let found = 0;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) found += 1;
  return found === keys && !text.includes(" :") && !text.includes("\n:") && !text.includes("\t:") && !text.includes("\r:");
}

function checkKeys(text, keys) {
  const written = countKeys(text);
  if (written > MOST_KEYS) throw requestError("too-many-keys");
  if (written !== keys) throw requestError("duplicate-key");
}

/** Count the texts that a colon follows; `text` is JSON. */
function countKeys(text) {
  let keys = 0;
  let open = text.indexOf('"');
  while (open >= 0) {
    let next = closingQuote(text, open) + 1;
    while (isSpace(text.charCodeAt(next))) next += 1;
    if (text.charCodeAt(next) === 0x3a) keys += 1;
    open = text.indexOf('"', next);
  }
  return keys;
}

function closingQuote(text, open) {
  let close = text.indexOf('"', open + 1);
  while (text.charCodeAt(close - 1) === 0x5c && isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close;
}

function isEscaped(text, at) {
  let first = at;
  while (text.charCodeAt(first - 1) === 0x5c) first -= 1;
  return (at - first) % 2 === 1;
}

function isSpace(unit) {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

/** Tell whether no text and no key holds a lone surrogate; `value` is at most `DEEPEST` deep. */
function isWellFormed(value) {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.keys(value).every((key) => key.isWellFormed() && isWellFormed(value[key]));
}
