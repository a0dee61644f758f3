/**
 * Plain features: numbers, truth values and categories that stand in a group of the request's object. Most features are plain,
 * and one loop over tables writes them without a call for each; what it leaves to the general way means the same there.
 */

import { LONGEST_TEXT } from "./values.js";

const NUMBER = 1;
const BOOL = 2;
const TEXT = 3;
const LARGEST = Number.MAX_SAFE_INTEGER;
const PLAIN_INPUTS = ["number", "level"];
const OTHER = "\ud800"; // no level: those are well formed

/**
 * @typedef {object} Plain
 * @property {number} kind NUMBER, BOOL or TEXT
 * @property {string} key
 * @property {number[]} places its elements of the vector
 * @property {number} low of a number
 * @property {number} high of a number
 * @property {Map<string, number[]> | null} known what each known text writes
 * @property {number[] | null} others what every other text writes; null when it is missing
 */

/**
 * Prepare a feature that is plain.
 * @param {object} feature as in the tables
 * @param {(vector: Float64Array, value: unknown) => void} write
 * @returns {Plain | null} null when it is not
 */
export function preparePlain({ type, path, inputs, values, low, high }, write) {
  const [, key] = path;
  const kind = { number: NUMBER, bool: BOOL, category: TEXT }[type];
  const isPlain = path.length === 2 && !(key in Object.prototype) && inputs.every((input) => PLAIN_INPUTS.includes(input.kind));
  if (kind === undefined || !isPlain) return null;
  const places = inputs.map(({ at }) => at);
  const bounds = { low: Math.max(low ?? -LARGEST, -LARGEST), high: Math.min(high ?? LARGEST, LARGEST) };
  return { kind, key, places, ...bounds, ...(kind === TEXT ? prepareTexts(inputs, values, places, write) : NO_TEXTS) };
}

const NO_TEXTS = { known: null, others: null };

function prepareTexts(inputs, values, places, write) {
  const scratch = new Float64Array(Math.max(-1, ...places) + 1);
  const written = (text) => {
    write(scratch, text);
    return places.map((place) => scratch[place]);
  };
  const texts = values ?? inputs.flatMap(({ levels }) => levels ?? []);
  return { known: new Map(texts.map((text) => [text, written(text)])), others: values === null ? written(OTHER) : null };
}

/**
 * Tell whether an object may be read by plain keys: one without members but its own and those of every object.
 * @param {object} given
 * @returns {boolean}
 */
export function isPlainObject(given) {
  const prototype = Object.getPrototypeOf(given);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Write a value over what the vector of a request that tells nothing has.
 * @param {Plain} plain
 * @param {unknown} raw
 * @param {Float64Array} vector
 */
export function putPlain({ kind, places, low, high, known, others }, raw, vector) {
  if (kind === TEXT) {
    if (typeof raw !== "string") return;
    const values = known.get(raw) ?? (raw.length <= LONGEST_TEXT && raw.isWellFormed() ? others : null);
    if (values === null) return;
    for (let i = 0; i < places.length; i += 1) vector[places[i]] = values[i];
    return;
  }
  if (kind === BOOL ? typeof raw !== "boolean" : !(typeof raw === "number" && raw >= low && raw <= high)) return;
  for (let i = 0; i < places.length; i += 1) vector[places[i]] = Number(raw);
}
