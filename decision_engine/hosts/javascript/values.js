/** Raw values become values of a feature's type, or undefined: missing (docs/reference/host.md, "Values"). */

import { prepareReading } from "./readings.js";
import { parseTimestamp } from "./timestamps.js";
import { parseVersion } from "./versions.js";

/** The longest text that is a value, in UTF-16 units. */
export const LONGEST_TEXT = 4096;

const LONGEST_NUMBER = 32;
const MOST_TAGS = 256;
const LARGEST = Number.MAX_SAFE_INTEGER;
const LARGEST_TIME = 8.64e15;

/**
 * @typedef {boolean | number | string | Set<string>} Value tags are a set, in the order given; a timestamp is ms UTC
 */

/**
 * Prepare the check of a feature's values.
 * @param {{type: string, values: string[] | null, low: number | null, high: number | null}} feature as in the tables
 * @returns {(raw: unknown) => Value | undefined}
 */
export function prepareAcceptor(feature) {
  const accept = prepareTyped(feature);
  if (feature.reading === undefined) return accept;
  const read = prepareReading(feature.reading, feature.type);
  return (raw) => (raw === undefined || raw === null ? undefined : accept(read(raw)));
}

function prepareTyped({ type, values, low, high }) {
  const closed = values === null ? null : new Set(values);
  switch (type) {
    case "bool":
      return acceptBool;
    case "number":
      return numberWithin(low ?? -LARGEST, high ?? LARGEST);
    case "category":
      return closed === null ? acceptText : (raw) => (closed.has(raw) ? raw : undefined);
    case "text":
      return acceptText;
    case "timestamp":
      return within(acceptTimestamp, low, high);
    case "tags":
      return (raw) => acceptTags(raw, closed);
    case "version":
      return acceptVersion;
    default:
      throw new Error(`expected a type of features, found \`${type}\``);
  }
}

/**
 * Prepare the reading of a feature's values from headers, cookies and the query, where all is text.
 * @param {string} type
 * @returns {(text: string) => unknown} gives a raw value
 */
export function prepareTextParser(type) {
  const parsers = {
    bool: (text) => (text === "true" ? true : text === "false" ? false : undefined),
    number: parseNumber,
    timestamp: (text) => parseNumber(text) ?? text,
    tags: (text) => (text === "" ? [] : text.split(",")),
  };
  return parsers[type] ?? ((text) => text);
}

/**
 * Accept a timestamp in either form, without bounds.
 * @param {unknown} raw
 * @returns {number | undefined} ms UTC
 */
export function acceptTimestamp(raw) {
  if (typeof raw === "string") return parseTimestamp(raw);
  return Number.isInteger(raw) && Math.abs(raw) <= LARGEST_TIME ? raw + 0 : undefined; // -0 is 0
}

/**
 * Accept well-formed text that is not too long.
 * @param {unknown} raw
 * @returns {string | undefined}
 */
export function acceptText(raw) {
  return typeof raw === "string" && raw.length <= LONGEST_TEXT && raw.isWellFormed() ? raw : undefined;
}

function acceptBool(raw) {
  return typeof raw === "boolean" ? raw : undefined;
}

function acceptVersion(raw) {
  return typeof raw === "string" && parseVersion(raw) !== undefined ? raw : undefined;
}

function numberWithin(low, high) {
  const lowest = Math.max(low, -LARGEST);
  const highest = Math.min(high, LARGEST);
  return (raw) => (typeof raw === "number" && raw >= lowest && raw <= highest ? raw : undefined);
}

function within(accept, low, high) {
  const lowest = low ?? -Infinity;
  const highest = high ?? Infinity;
  return (raw) => {
    const value = accept(raw);
    return value >= lowest && value <= highest ? value : undefined;
  };
}

function acceptTags(raw, closed) {
  if (!Array.isArray(raw) || raw.length > MOST_TAGS) return undefined;
  const tags = new Set();
  for (const item of raw) {
    if (acceptText(item) === undefined) return undefined;
    if (closed === null || closed.has(item)) tags.add(item);
  }
  return tags;
}

/** Read a number by JSON's grammar: JSON's parser accepts nothing else between a digit or minus and a digit. */
function parseNumber(text) {
  if (text.length > LONGEST_NUMBER || !isDigit(text.charCodeAt(text.length - 1))) return undefined;
  if (text[0] !== "-" && !isDigit(text.charCodeAt(0))) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDigit(unit) {
  return unit >= 48 && unit <= 57;
}
