/** The best of some languages for a visitor: RFC 9110's `accept-language`, and the lookup of RFC 4647. */

import { isBlank, trimBlanks } from "./ascii.js";

const LONGEST = 512;
const MOST_RANGES = 32;
const LONGEST_SUBTAG = 8;
const MOST_REMEMBERED = 256;

/**
 * @typedef {object} Range what a visitor asks for
 * @property {string} sent as the header has it
 * @property {string} tag in lower case
 * @property {number} weight from 0, not acceptable, to 1000
 */

/**
 * Prepare the choice among a closed list; headers repeat, so what one chooses is remembered.
 * @param {string[] | null} values null takes what the visitor likes best
 * @returns {(header: string | null | undefined) => string | undefined} undefined when nothing fits, or the header is malformed
 */
export function prepareLanguage(values) {
  const byTag = values === null ? null : new Map([...values].reverse().map((value) => [value.toLowerCase(), value]));
  const remembered = new Map();
  return (header) => {
    if (header === null || header === undefined || header.length > LONGEST) return undefined;
    if (remembered.has(header)) return remembered.get(header);
    if (remembered.size === MOST_REMEMBERED) remembered.clear();
    const best = chooseLanguage(parseRanges(header), byTag);
    remembered.set(header, best);
    return best;
  };
}

/**
 * Read a header's ranges, the best first.
 * @param {string} header of at most 512 characters
 * @returns {Range[]} none when the header is malformed, or has more than 32
 */
export function parseRanges(header) {
  const ranges = [];
  for (const item of header.split(",")) {
    const text = trimBlanks(item);
    if (text === "") continue; // RFC 9110, 5.6.1.2: a list may have empty elements
    const range = parseRange(text);
    if (range === null || ranges.length === MOST_RANGES) return [];
    ranges.push(range);
  }
  return ranges.sort((one, other) => other.weight - one.weight);
}

function chooseLanguage(ranges, byTag) {
  const refused = new Set();
  for (const { tag, weight } of ranges) {
    if (weight === 0) refused.add(tag);
  }
  for (const { sent, tag, weight } of ranges) {
    if (weight === 0 || tag === "*") continue;
    if (byTag === null) return sent;
    const found = lookUp(tag, byTag, refused);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** RFC 4647, 3.4: cut subtags off the end until something fits; what is refused by itself does not. */
function lookUp(tag, byTag, refused) {
  for (let rest = tag; rest !== ""; rest = shorter(rest)) {
    if (byTag.has(rest) && !refused.has(rest)) return byTag.get(rest);
  }
  return undefined;
}

/** A tag without its last subtag, and without single letters that would then be the last ones. */
function shorter(tag) {
  let cut = tag.lastIndexOf("-");
  while (cut >= 2 && tag[cut - 2] === "-") cut -= 2;
  return cut < 0 ? "" : tag.slice(0, cut);
}

function parseRange(text) {
  const mark = text.indexOf(";");
  const sent = mark < 0 ? text : trimBlanks(text.slice(0, mark));
  const weight = mark < 0 ? 1000 : parseWeight(trimBlanks(text.slice(mark + 1)));
  return weight === null || !isRange(sent) ? null : { sent, tag: sent.toLowerCase(), weight };
}

/** `q=` and a number from 0 to 1 of at most three decimals, in thousandths. */
function parseWeight(text) {
  if (text.length < 3 || text.length > 7 || text[0].toLowerCase() !== "q" || text[1] !== "=") return null;
  const whole = text.charCodeAt(2) - 48;
  if ((whole !== 0 && whole !== 1) || (text.length > 3 && text[3] !== ".")) return null;
  let weight = whole;
  for (let i = 4; i < 7; i += 1) {
    const digit = i < text.length ? text.charCodeAt(i) - 48 : 0;
    if (!(digit >= 0 && digit <= 9)) return null;
    weight = weight * 10 + digit;
  }
  return weight > 1000 ? null : weight;
}

/** `*`, or letters and then letters and digits, 1 to 8 of them between each two hyphens. */
function isRange(text) {
  if (text === "*") return true;
  let length = 0;
  let isFirst = true;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === 45) {
      if (length === 0) return false;
      length = 0;
      isFirst = false;
      continue;
    }
    const isLetter = (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90);
    length += 1;
    if (length > LONGEST_SUBTAG || !(isLetter || (!isFirst && unit >= 48 && unit <= 57)) || isBlank(unit)) return false;
  }
  return length > 0;
}
