/** Reads cookie groups as OneTrust's cookie `OptanonConsent` writes them: `...&groups=C0001:1,C0002:0&...`. */

import { isReadable } from "./consent_bits.js";
import { decodePercent } from "./query.js";

const START = "groups=";
const MOST_GROUPS = 64;
const LONGEST_NAME = 32;

/**
 * Read each group's consent.
 * @param {string} text may be percent-encoded, as a cookie's raw value is
 * @returns {Map<string, boolean> | null} null when there is no list of groups, or when any part of it cannot be read
 */
export function readGroups(text) {
  if (!isReadable(text)) return null;
  const lists = text.split("&").filter((pair) => pair.startsWith(START));
  const listed = lists.length === 1 ? decodePercent(lists[0].slice(START.length)) : undefined;
  if (typeof listed !== "string") return null;
  const found = new Map();
  const items = listed.split(",", MOST_GROUPS + 2);
  if (items.length > MOST_GROUPS) return null;
  for (const item of items) {
    const colon = item.indexOf(":");
    const name = item.slice(0, Math.max(colon, 0));
    const value = item.slice(colon + 1);
    if ((value !== "0" && value !== "1") || found.has(name) || !isName(name, LONGEST_NAME)) return null;
    found.set(name, value === "1");
  }
  return found;
}

/**
 * Tell whether a text is a name: ASCII letters, digits, `_` and `-`.
 * @param {string} text
 * @param {number} longest
 * @returns {boolean}
 */
export function isName(text, longest) {
  if (text.length < 1 || text.length > longest) return false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const isLetter = (unit | 32) >= 97 && (unit | 32) <= 122;
    if (!isLetter && !(unit >= 48 && unit <= 57) && unit !== 95 && unit !== 45) return false;
  }
  return true;
}
