/** The cookie header: a bounded reading of untrusted text. */

import { isBlank, isPlainName, isPrintable, trimBlanks } from "./ascii.js";
import { decodePercent } from "./query.js";

const LONGEST = 8192;
const MOST_NAMES = 256;
/** A name takes at least three characters with `=` and `;`: so short a header has no more than `MOST_NAMES`. */
const SHORT = 3 * MOST_NAMES;

/**
 * Read a cookie header.
 * @param {string} header
 * @returns {Map<string, string>} the first value of each name, as it stands: see `readCookieValue`
 */
export function parseCookies(header) {
  const values = new Map();
  for (const pair of cut(header).split(";")) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? "" : trimBlanks(pair.slice(0, equals));
    if (name === "" || values.has(name) || values.size === MOST_NAMES || !isPrintable(name)) continue;
    values.set(name, pair.slice(equals + 1));
  }
  return values;
}

/**
 * Find one cookie in a header without reading the others, where that is enough: for a plain name in a header that is too
 * short to hold more names than are read.
 * @param {string} header
 * @param {string} name
 * @returns {string | null | undefined} the value as `parseCookies` has it, undefined when there is none; null when the
 *   header must be parsed to know
 */
export function findCookie(header, name) {
  if (header.length > SHORT || !isPlainName(name)) return null;
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + 1)) {
    if (!startsPair(header, at)) continue;
    const end = at + name.length;
    if (header[end] !== "=") {
      if (isBlank(header.charCodeAt(end))) return null; // a blank before `=` is for `parseCookies`
      continue;
    }
    const close = header.indexOf(";", end);
    return header.slice(end + 1, close < 0 ? header.length : close);
  }
  return undefined;
}

function startsPair(header, at) {
  let before = at - 1;
  while (before >= 0 && isBlank(header.charCodeAt(before))) before -= 1;
  return before < 0 || header[before] === ";";
}

/**
 * Read the text that stands for a cookie's value in the header.
 * @param {string} raw
 * @returns {string | undefined} undefined when the cookie counts as absent
 */
export function readCookieValue(raw) {
  const value = unquote(trimBlanks(raw));
  if (!isPrintable(value)) return undefined;
  return decodePercent(value) ?? value;
}

/** Drop what is beyond the limit, and the pair that is cut by it. */
function cut(header) {
  if (header.length <= LONGEST) return header;
  if (header[LONGEST] === ";") return header.slice(0, LONGEST);
  return header.slice(0, Math.max(header.lastIndexOf(";", LONGEST - 1), 0));
}

function unquote(text) {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
