/**
 * Which records are kept one by one: errors, fallbacks and exposures always, others by a hash of unit and day.
 *
 * A unit is in the sample of a day or it is not, whatever node it meets; the probability is written into the record.
 */

import { murmur3, murmur3Text } from "./murmur.js";

/** Milliseconds. */
export const DAY = 86_400_000;

const ALL = 2 ** 32;
const SLOTS = 16_384;
const LEAVES = 65_536;
const MULTIPLIER = 0x9e3779b1;
const SHORT = 64;

const bytes = new Uint8Array(SHORT); // of a short ASCII text, which need not be encoded

/**
 * The unit's place on a day (UTC) among 2^32: MurmurHash3 of its UTF-8, the number of the day as the seed.
 * @param {string} unit
 * @param {number} at ms UTC
 * @returns {number}
 */
export function unitHash(unit, at) {
  const seed = Math.floor(at / DAY) >>> 0;
  const { length } = unit;
  if (length > SHORT) return murmur3Text(unit, seed);
  let units = 0;
  for (let i = 0; i < length; i += 1) {
    const code = unit.charCodeAt(i);
    units |= code;
    bytes[i] = code;
  }
  return units > 0x7f ? murmur3Text(unit, seed) : murmur3(bytes, length, seed);
}

/**
 * Tell whether a place stands in the first `rate` of all.
 * @param {number} place
 * @param {number} rate
 * @returns {boolean}
 */
export function isSampled(place, rate) {
  return place < rate * ALL;
}

/**
 * Remember exposures for a while, so that a page that is looked at again does not make another record. A table of fixed
 * size: a later exposure may push out an earlier one, which is then recorded once more.
 * @param {number} lasts ms
 * @returns {(place: number, decision: number, leaf: number, at: number) => boolean} whether the unit at this place was
 *   seen with this leaf less than `lasts` ms ago; remembers it from now on
 */
export function createRepeats(lasts) {
  let places = null; // made by the first exposure
  let kinds = null;
  let times = null;

  return function isRepeated(place, decision, leaf, at) {
    if (places === null) {
      places = new Uint32Array(SLOTS);
      kinds = new Uint32Array(SLOTS);
      times = new Float64Array(SLOTS).fill(-Infinity);
    }
    const kind = decision * LEAVES + leaf;
    const slot = ((place ^ Math.imul(kind, MULTIPLIER)) >>> 0) % SLOTS;
    const passed = at - times[slot];
    if (places[slot] === place && kinds[slot] === kind && passed >= 0 && passed < lasts) return true;
    places[slot] = place;
    kinds[slot] = kind;
    times[slot] = at;
    return false;
  };
}
