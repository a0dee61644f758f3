/** The cookie header: a bounded reading of untrusted text. */

import { isPrintable, trimBlanks } from "./ascii.js";
import { decodePercent } from "./query.js";

const LONGEST = 8192;
const MOST_NAMES = 256;

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
