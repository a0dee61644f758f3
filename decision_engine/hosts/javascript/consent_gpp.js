/**
 * Reads strings of the IAB's Global Privacy Platform: the header, and the sections of the United States.
 *
 * Source: IAB Tech Lab, "Global Privacy Platform: Consent String Specification", version 1.1, and the specifications of
 * the sections. A section of the United States is a row of fields of two bits behind a version of six, in one order a
 * section; `LAYOUTS` has the places of those that are read.
 */

import { isComplete, isReadable, openBits, readBits } from "./consent_bits.js";

const HEADER_TYPE = 3;
const HEADER_VERSION = 1;
const MOST_SECTIONS = 64;
const HIGHEST_SECTION = 4095;
const MOST_OTHERS = 2;
const GPC = 1;
const US_PRIVACY = 6;
const US_NATIONAL = 7;
/** Sections from this one to 27 have a second segment of sensitive data; its 18 bits are more than the 12 of GPC's. */
const FIRST_SENSITIVE = 25;

/** From section 7 on: first of the opt-outs and their number, first field of known children and their number, all. */
const LAYOUTS = [
  [6, 3, 25, 3, 32],
  [3, 2, 14, 2, 20],
  [3, 2, 13, 1, 17],
  [3, 2, 12, 1, 16],
  [4, 2, 14, 1, 18],
  [3, 2, 13, 3, 19],
  [3, 2, 13, 3, 20],
  [3, 2, 13, 3, 20],
  [3, 2, 16, 3, 23],
  [3, 2, 13, 1, 18],
  [3, 2, 14, 5, 23],
  [4, 2, 14, 1, 18],
  [3, 2, 13, 1, 18],
  [3, 2, 13, 3, 20],
  [3, 2, 15, 5, 24],
  [3, 2, 13, 1, 18],
  [3, 2, 13, 1, 18],
  [5, 2, 7, 0, 8],
  [5, 2, 7, 1, 9],
  [5, 2, 7, 1, 9],
  [5, 2, 7, 1, 9],
];
/** Section 7 before it grew, which its version does not tell: that has ten characters or eleven. */
const SHORT_NATIONAL = [6, 3, 21, 2, 27];
const LONGEST_SHORT_NATIONAL = 11;

/**
 * @typedef {object} UsSection what a section says
 * @property {number[]} optOuts as sent: 0 not applicable, 1 opted out, 2 did not
 * @property {number[]} children as sent: 0 not applicable, 1 no consent, 2 consent
 * @property {boolean} gpc
 */

/**
 * Read a string's header.
 * @param {string} text
 * @returns {Map<number, string> | null} the sections' texts, none of them read yet; null when the header does not fit
 */
export function readGpp(text) {
  if (!isReadable(text)) return null;
  const parts = text.split("~", MOST_SECTIONS + 2);
  const numbers = readHeader(parts[0]);
  if (numbers === null || numbers.length !== parts.length - 1) return null;
  return new Map(numbers.map((number, index) => [number, parts[index + 1]]));
}

/**
 * Read a section of the United States, 7 and up.
 * @param {number} section
 * @param {string} text
 * @returns {UsSection | null} null when any part of it cannot be read
 */
export function readUs(section, text) {
  const segments = text.split(".", MOST_OTHERS + 2);
  const bits = openBits(segments[0]);
  if (bits === null || segments.length > MOST_OTHERS + 1) return null;
  const layout = layoutOf(section, readBits(bits, 6), segments[0].length);
  if (layout === undefined) return null;
  const [firstOptOut, optOuts, firstChild, children, count] = layout;
  const fields = [];
  for (let i = 0; i < count; i += 1) fields.push(readBits(bits, 2));
  if (bits.isShort) return null; // what follows is left alone: drafts of some sections were longer
  let gpc = false;
  for (let i = 1; i < segments.length; i += 1) {
    const found = readGpc(section, segments[i]);
    if (found === null) return null;
    gpc ||= found;
  }
  return {
    optOuts: fields.slice(firstOptOut, firstOptOut + optOuts),
    children: fields.slice(firstChild, firstChild + children),
    gpc,
  };
}

/**
 * Read section 6, the older text of four letters such as `1YNN`: version, notice, opt-out of sale, contract.
 * @param {string} text
 * @returns {UsSection | null}
 */
export function readUsPrivacy(text) {
  if (text.length !== 4 || text[0] !== "1") return null;
  for (let i = 1; i < 4; i += 1) {
    if (!"YN-".includes(text[i])) return null;
  }
  return { optOuts: ["-YN".indexOf(text[2])], children: [], gpc: false };
}

/**
 * Read a section of the United States by its number, 6 and up.
 * @param {number} section
 * @param {string} text
 * @returns {UsSection | null}
 */
export function readAnyUs(section, text) {
  return section === US_PRIVACY ? readUsPrivacy(text) : readUs(section, text);
}

function layoutOf(section, version, length) {
  if (section === US_NATIONAL && (version === 1 || version === 2)) {
    return length <= LONGEST_SHORT_NATIONAL ? SHORT_NATIONAL : LAYOUTS[0];
  }
  return version === 1 ? LAYOUTS[section - US_NATIONAL] : undefined;
}

function readGpc(section, text) {
  const bits = openBits(text);
  if (bits === null) return null;
  if (section >= FIRST_SENSITIVE && text.length > 2) return false;
  const isGpc = readBits(bits, 2) === GPC;
  const value = readBits(bits, 1);
  return isGpc && isComplete(bits) ? value === 1 : null;
}

function readHeader(text) {
  const bits = openBits(text);
  if (bits === null || readBits(bits, 6) !== HEADER_TYPE || readBits(bits, 6) !== HEADER_VERSION) return null;
  const numbers = [];
  let last = 0;
  const count = readBits(bits, 12);
  for (let i = 0; i < count; i += 1) {
    const isRange = readBits(bits, 1) === 1;
    const first = last + readFibonacci(bits);
    last = isRange ? first + readFibonacci(bits) : first;
    if (bits.isShort || last > HIGHEST_SECTION || numbers.length + last - first >= MOST_SECTIONS) return null;
    for (let number = first; number <= last; number += 1) numbers.push(number);
  }
  return isComplete(bits) ? numbers : null;
}

/** A number as a sum of Fibonacci numbers (1, 2, 3, 5, ...), a bit each; two ones in a row end it. */
function readFibonacci(bits) {
  let total = 0;
  let current = 1;
  let following = 2;
  let before = 0;
  while (!bits.isShort && current <= 2 * HIGHEST_SECTION) {
    const bit = readBits(bits, 1);
    if (bit === 1 && before === 1) return total;
    total += current * bit;
    [current, following, before] = [following, current + following, bit];
  }
  bits.isShort = true;
  return 0;
}
