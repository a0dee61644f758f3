/**
 * Pseudonyms: what stands for a unit outside of the request that names it, so that no raw id is kept, sent or shown.
 *
 * A pseudonym is the first 128 bits of HMAC-SHA256(key of the epoch, tenant|unit), as 22 characters of base64url. The key
 * has one use and one epoch, so that pseudonyms of two uses, two epochs or two tenants cannot be joined. It is given as it
 * is, or derived from a master key; only keys that are given can be destroyed one by one.
 */

import { isPlainName } from "./ascii.js";
import { encodeBase64url } from "./base64url.js";
import { createQuickCache } from "./profile_cache.js";

/** Characters of a pseudonym. */
export const PSEUDONYM_LENGTH = 22;

const BYTES = 16;
const CONTEXT = "edgewise-pseudonym";
const LONGEST_TENANT = 64;
const HMAC = { name: "HMAC", hash: "SHA-256" };
/** Units whose pseudonyms an isolate remembers, and the longest of them: a unit may have 4,096 characters. */
const MOST_REMEMBERED = 4096;
const LONGEST_REMEMBERED = 128;

const encoder = new TextEncoder();

/**
 * @typedef {object} Pseudonyms
 * @property {(unit: string) => string | Promise<string>} of the pseudonym of a unit, which is well-formed text; at once
 *   where it is remembered
 */

/**
 * Prepare the pseudonyms of one use and one epoch. Units that come again cost no HMAC.
 * @param {Uint8Array} secret the epoch's key: at least 16 bytes
 * @param {string} tenant letters, digits, `_`, `.` and `-`
 * @returns {Pseudonyms}
 */
export function createPseudonyms(secret, tenant) {
  if (!isTenant(tenant)) throw new RangeError("expected a tenant of 1 to 64 letters, digits, `_`, `.` and `-`");
  const known = createQuickCache(MOST_REMEMBERED);
  let key = null;

  async function make(unit) {
    key ??= await crypto.subtle.importKey("raw", secret, HMAC, false, ["sign"]);
    const pseudonym = await pseudonymOf(key, tenant, unit);
    if (unit.length <= LONGEST_REMEMBERED) known.put(unit, pseudonym);
    return pseudonym;
  }

  return { of: (unit) => known.take(unit) ?? make(unit) };
}

/**
 * Make one pseudonym.
 * @param {CryptoKey} key an HMAC-SHA256 key that may sign
 * @param {string} tenant
 * @param {string} unit
 * @returns {Promise<string>}
 */
export async function pseudonymOf(key, tenant, unit) {
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`${tenant}|${unit}`));
  return encodeBase64url(new Uint8Array(mac, 0, BYTES));
}

/**
 * Derive the key of 256 bits for one use in one epoch.
 * @param {Uint8Array} master
 * @param {string} use such as `profile` or `records`
 * @param {string} epoch such as `2026-11-21`
 * @returns {Promise<Uint8Array>}
 */
export async function epochKey(master, use, epoch) {
  const key = await crypto.subtle.importKey("raw", master, HMAC, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(`${CONTEXT}\n${use}\n${epoch}`)));
}

/**
 * Tell whether a text can name a tenant, so that `tenant|unit` has one reading.
 * @param {string} text
 * @returns {boolean}
 */
export function isTenant(text) {
  return text.length >= 1 && text.length <= LONGEST_TENANT && isPlainName(text);
}
