/**
 * Plain features: numbers, truth values and categories that stand in a group of the request's object. Most features are plain,
 * and one loop over the members of the group writes them; what it leaves to the general way means the same there.
 */

import { LONGEST_TEXT } from "./values.js";

const NUMBER = 1;
const BOOL = 2;
const TEXT = 3;
const LARGEST = Number.MAX_SAFE_INTEGER;
const WIDE_REQUESTS = 128;
const PLAIN_INPUTS = ["number", "level"];
const OTHER = "\ud800"; // no level: those are well formed

/**
 * @typedef {object} Plain
 * @property {number} kind NUMBER, BOOL or TEXT
 * @property {string} key
 * @property {number[]} places its elements of the vector; of a number or a truth value exactly one
 * @property {number} low of a number
 * @property {number} high of a number
 * @property {Map<string, number[]> | null} known what each known text writes
 * @property {number[] | null} others what every other text writes; null when it is missing
 * @property {Plain | null} next what followed it when a request was last seen to give it
 */

/**
 * @typedef {object} Plains the plain features of a group
 * @property {Plain} head stands before the first one, and behind none
 * @property {Map<string, Plain>} byKey
 * @property {Plain[]} all
 * @property {number} wide how many requests are still taken to have many members that no feature reads
 */

/**
 * Prepare a feature that is plain.
 * @param {object} feature as in the tables
 * @param {(vector: Float64Array, value: unknown) => void} write
 * @returns {Plain | null} null when it is not
 */
export function preparePlain({ type, path, inputs, values, low, high, reading }, write) {
  const [key] = Object.keys({ [path[1]]: 0 }); // as objects give it, which compares by address
  const kind = { number: NUMBER, bool: BOOL, category: TEXT }[type];
  const isPlain = path.length === 2 && !(key in Object.prototype) && inputs.every((input) => PLAIN_INPUTS.includes(input.kind));
  if (kind === undefined || !isPlain || reading !== undefined || (kind !== TEXT && inputs.length !== 1)) return null;
  const places = inputs.map(({ at }) => at);
  const bounds = { low: Math.max(low ?? -LARGEST, -LARGEST), high: Math.min(high ?? LARGEST, LARGEST) };
  const { known, others } = kind === TEXT ? prepareTexts(inputs, values, places, write) : NO_TEXTS;
  return { kind, key, places, ...bounds, known, others, next: null };
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
 * Prepare the plain features of a group.
 * @param {Map<string, Plain>} byKey
 * @returns {Plains | null} null when there are none
 */
export function preparePlains(byKey) {
  if (byKey.size === 0) return null;
  const head = { kind: 0, key: "", places: [], low: 0, high: 0, known: null, others: null, next: null };
  let before = head;
  for (const plain of byKey.values()) {
    before.next = plain;
    before = plain;
  }
  before.next = head.next;
  return { head, byKey, all: [...byKey.values()], wide: 0 };
}

/**
 * Write what a group of a request gives over what the vector of a request that tells nothing has. Requests mostly have the
 * same members in the same order: it costs less to go through them with a guess at each than to ask for each feature, unless
 * most of them are read by no feature.
 * @param {Plains} plains
 * @param {object} given one that may be read by plain keys
 * @param {Float64Array} vector
 */
export function putPlains(plains, given, vector) {
  if (plains.wide > 0) {
    plains.wide -= 1;
    putAsked(plains.all, given, vector);
    return;
  }
  const { byKey } = plains;
  let before = plains.head;
  let unread = 0;
  for (const key in given) {
    let plain = before.next;
    if (plain.key !== key) {
      plain = byKey.get(key);
      if (plain === undefined) {
        unread += 1;
        if (unread <= byKey.size) continue;
        plains.wide = WIDE_REQUESTS;
        putAsked(plains.all, given, vector);
        return;
      }
      before.next = plain;
    }
    putPlain(plain, given[key], vector);
    before = plain;
  }
}

function putAsked(plains, given, vector) {
  for (let i = 0; i < plains.length; i += 1) {
    const raw = given[plains[i].key];
    if (raw !== undefined) putPlain(plains[i], raw, vector);
  }
}

function putPlain(plain, raw, vector) {
  const { kind, places } = plain;
  if (kind === TEXT) {
    if (typeof raw === "string") putText(plain, raw, vector);
  } else if (kind === BOOL) {
    if (typeof raw === "boolean") vector[places[0]] = raw ? 1 : 0;
  } else if (typeof raw === "number" && raw >= plain.low && raw <= plain.high) {
    vector[places[0]] = raw;
  }
}

function putText({ known, others, places }, text, vector) {
  const values = known.get(text) ?? (text.length <= LONGEST_TEXT && text.isWellFormed() ? others : null);
  if (values === null) return;
  for (let i = 0; i < places.length; i += 1) vector[places[i]] = values[i];
}
