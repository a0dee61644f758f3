/**
 * Fields of a visitor: only those that the table lists are looked at, each is treated, and nothing else gets through.
 *
 * A clear value is one of a closed list, or has a form that leaves no room for anything else, such as a country's two
 * letters. What a table does not know is counted and dropped.
 */

import { bisect } from "./records_bins.js";

/** A value that the field's form does not allow. */
const OTHER = "(other)";
/** The field that is no field of a request: its unit stands in the facts by itself. */
const UNIT = "unit";
const LONGEST_ID = 4096;
const NOTHING = Object.freeze([]);

/**
 * @typedef {object} Treated what may leave, as pairs of a name and a text
 * @property {string[][]} shown as it is
 * @property {string[][]} ids as pseudonyms only
 * @property {string} key the shown pairs as one text
 * @property {string} country what is shown of it, or `(unknown)`
 * @property {string} device likewise
 */

const UNKNOWN = "(unknown)";
const NONE = Object.freeze({ shown: NOTHING, ids: NOTHING, key: "", country: UNKNOWN, device: UNKNOWN });

/**
 * Prepare the treatment of fields.
 * @param {{fields: object[], dropped: string[]}} table
 * @param {(name: string) => void} count is told of each field that no table knows
 * @returns {(given: object | null | undefined) => Treated}
 */
export function createFields({ fields, dropped }, count) {
  const known = new Map(fields.map((field) => [field.name, field]));
  const silent = new Set([UNIT, ...dropped]);
  known.delete(UNIT);

  return function treat(given) {
    if (given === null || given === undefined) return NONE;
    const treated = { shown: [], ids: NOTHING, key: "", country: UNKNOWN, device: UNKNOWN };
    for (const name of Object.keys(given)) {
      const field = known.get(name);
      if (field === undefined) {
        if (!silent.has(name)) count("unknown-field");
      } else put(treated, field, given[name]);
    }
    return treated;
  };
}

function put(treated, field, value) {
  if (value === null || value === undefined) return;
  const { name, treatment } = field;
  if (treatment === "hmac") {
    if (typeof value !== "string" || value.length === 0 || value.length > LONGEST_ID) return;
    if (treated.ids === NOTHING) treated.ids = [];
    treated.ids.push([name, value]);
    return;
  }
  const text = treatment === "bucket" ? bucketOf(value, field.bounds) : clear(value, field);
  treated.shown.push([name, text]);
  treated.key += `${name}=${text};`;
  if (name === "country" || name === "device") treated[name] = text;
}

/** A text as it is where its form allows it. */
function clear(value, { form, values }) {
  if (typeof value !== "string") return OTHER;
  if (form === "country") return value.length === 2 && isOf(value, isCapital) ? value : OTHER;
  if (form === "region") return value.length >= 1 && value.length <= 3 && isOf(value, isCode) ? value : OTHER;
  if (form === "language") {
    const start = value.slice(0, 4);
    const dash = start.indexOf("-");
    const primary = dash < 0 ? start : start.slice(0, dash);
    return primary.length >= 2 && primary.length <= 3 && isOf(primary, isSmall) ? primary : OTHER;
  }
  return values.includes(value) ? value : OTHER;
}

/** The bucket of a number: how many of the bounds it reaches. */
function bucketOf(value, bounds) {
  return typeof value === "number" && value === value ? String(bisect(bounds, value)) : OTHER;
}

function isOf(text, allows) {
  for (let i = 0; i < text.length; i += 1) if (!allows(text.charCodeAt(i))) return false;
  return true;
}

function isCapital(unit) {
  return unit >= 65 && unit <= 90;
}

function isSmall(unit) {
  return unit >= 97 && unit <= 122;
}

function isCode(unit) {
  return isCapital(unit) || (unit >= 48 && unit <= 57);
}
