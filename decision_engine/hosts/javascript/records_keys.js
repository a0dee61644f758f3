/** Keys of the log's pseudonyms: one a day, given one by one, or derived from a master key. */

import { createPseudonyms, epochKey } from "./pseudonym.js";
import { DAY } from "./records_sampling.js";

const USE = "records";

/**
 * The day of a time, such as `2026-11-21`: the epoch of its key.
 * @param {number} at ms UTC
 * @returns {string}
 */
export function dayOf(at) {
  return new Date(Math.floor(at / DAY) * DAY).toISOString().slice(0, 10);
}

/**
 * Prepare the keys. A day that is given has that key; others have the master's, or none. Only keys that are given can be
 * destroyed one by one, and a log forgotten with them.
 * @param {string} tenant
 * @param {{master?: Uint8Array, days?: Map<string, Uint8Array>}} keys
 * @returns {(unit: string, at: number) => Promise<string | null>} the pseudonym of a unit on a day; null without a key
 */
export function createKeys(tenant, { master, days }) {
  let day = "";
  let pseudonyms = null; // a promise of those of the day

  async function open(name) {
    const key = days?.get(name) ?? (master === undefined ? null : await epochKey(master, USE, name));
    return key === null ? null : createPseudonyms(key, tenant);
  }

  return async function pseudonymOf(unit, at) {
    const name = dayOf(at);
    if (name !== day) {
      day = name;
      pseudonyms = open(name);
    }
    const opened = await pseudonyms;
    return opened === null ? null : opened.of(unit);
  };
}
