/**
 * The keys of an edge: a secret of its platform, never in an artefact. A JSON object of key ids to secrets in base64url,
 * at least 16 bytes each:
 *
 *     {"pseudonym": "...", "k1": "...", "k2": "...", "records": "...", "records.2026-11-21": "..."}
 *
 * `pseudonym` makes the pseudonyms that receipts and tokens are bound to; `records` is the master of the log's pseudonyms,
 * and `records.DAY` the key of one day. All others verify what is signed.
 */

import { decodeBase64url } from "./base64url.js";

const LONGEST = 16384;
const MOST_KEYS = 64;
const LEAST_BYTES = 16;
const PSEUDONYM = "pseudonym";
const RECORDS = "records";

/**
 * @typedef {object} Keys
 * @property {Map<string, Uint8Array>} signing by key id
 * @property {Uint8Array | null} pseudonym
 * @property {Uint8Array | null} records
 * @property {Map<string, Uint8Array>} days the log's keys by day
 */

/** @returns {Keys} */
function noKeys() {
  return { signing: new Map(), pseudonym: null, records: null, days: new Map() };
}

/**
 * Read the keys. A mistake in them is the operator's: it throws, and says what was expected, and never the secret.
 * @param {string | null | undefined} text absent: there are none
 * @returns {Keys}
 */
export function readKeys(text) {
  const keys = noKeys();
  if (text === null || text === undefined || text === "") return keys;
  for (const [id, secret] of Object.entries(parse(text))) {
    const bytes = typeof secret === "string" ? decodeBase64url(secret) : null;
    if (bytes === null || bytes.length < LEAST_BYTES) throw new Error("expected keys of at least 16 bytes in base64url");
    if (id === PSEUDONYM) keys.pseudonym = bytes;
    else if (id === RECORDS) keys.records = bytes;
    else if (id.startsWith(`${RECORDS}.`)) keys.days.set(id.slice(RECORDS.length + 1), bytes);
    else keys.signing.set(id, bytes);
  }
  return keys;
}

function parse(text) {
  let found = null;
  try {
    found = text.length > LONGEST ? null : JSON.parse(text);
  } catch {
    found = null; // the parser's own message would quote the secret
  }
  const isObject = typeof found === "object" && found !== null && !Array.isArray(found);
  if (!isObject || Object.keys(found).length > MOST_KEYS) throw new Error("expected keys as a JSON object of at most 64 members");
  return found;
}
