/**
 * Previews: a signed token in a page's address that shows who opens it a variation, or an outcome.
 *
 *     1.KEY.EXPIRES.FORCED.MAC
 *
 * KEY is the id of the key, EXPIRES in seconds UTC, FORCED a list of three texts each, all joined by `~`: `e`, an experiment and
 * its variation, or `d`, a decision and its outcome. MAC is HMAC-SHA256 in base64url, without padding, over `edgewise-preview`
 * and what stands before the MAC, with a line feed between. WebCrypto compares it in constant time.
 */

import { isPlainName } from "./ascii.js";
import { decodeBase64url } from "./base64url.js";

const LONGEST = 1024;
const PARTS = 5;
const MOST_DIGITS = 12;
const LONGEST_NAME = 64;
const MOST_FORCED = 16;
const MAC_CHARACTERS = 43;

const HMAC = { name: "HMAC", hash: "SHA-256" };
const encoder = new TextEncoder();

/**
 * @typedef {object} Forced
 * @property {"experiment" | "decision"} kind
 * @property {string} name
 * @property {string} value the variation, or the outcome
 */

/**
 * Read and verify a token.
 * @param {string} text
 * @param {Map<string, Uint8Array>} secrets of the HMAC-SHA256 keys that may verify, by their ids
 * @param {number} at ms UTC
 * @returns {Promise<{forced: Forced[], refused: string | null}>}
 */
export async function readPreview(text, secrets, at) {
  const parts = text.length > LONGEST ? [] : text.split(".", PARTS + 1);
  if (parts.length !== PARTS || parts[0] !== "1") return refuse("unreadable");
  const [, keyId, expires, list, mac] = parts;
  const forced = readForced(list);
  if (forced === null || !isName(keyId) || !isNumber(expires)) return refuse("unreadable");
  const secret = secrets.get(keyId);
  if (secret === undefined) return refuse("unknown-key");
  const body = text.slice(0, text.length - mac.length - 1);
  if (!(await isSigned(secret, `edgewise-preview\n${body}`, mac))) return refuse("forged");
  return at >= 1000 * Number(expires) ? refuse("expired") : { forced, refused: null };
}

/**
 * Find what is shown to who opens a preview. What the program does not know is left out.
 * @param {Forced[]} forced
 * @param {import("./deliver_outcomes.js").Outcomes} outcomes
 * @returns {Map<number, import("./deliver_slots.js").Shown>} by decision; a later entry of `forced` wins
 */
export function forcedOutcomes(forced, outcomes) {
  const found = new Map();
  const put = (number, outcome, experiment, variation) => {
    const shown = outcomes.named(number, outcome);
    const told = `"experiment":${JSON.stringify(experiment)},"variation":${JSON.stringify(variation)}`;
    const tail = `"reason":"STATIC","rule":null,${told},"mode":"edge","forced":true}`;
    if (shown !== undefined) found.set(number, { ...shown, tail });
  };
  for (const { kind, name, value } of forced) {
    if (kind === "decision") {
      const number = outcomes.numbers.get(name);
      if (number !== undefined) put(number, value, null, null);
      continue;
    }
    for (const [number, outcome] of outcomes.shownBy(name, value)) put(number, outcome, name, value);
  }
  return found;
}

/**
 * Tell what is forced, for the header of an answer.
 * @param {Forced[]} forced
 * @returns {string}
 */
export function describeForced(forced) {
  return forced.map(({ kind, name, value }) => `${kind} ${name}=${value}`).join(", ");
}

function readForced(text) {
  const words = text.split("~", 3 * MOST_FORCED + 1);
  if (words.length % 3 !== 0 || words.length > 3 * MOST_FORCED) return null;
  const forced = [];
  for (let i = 0; i < words.length; i += 3) {
    const [letter, name, value] = words.slice(i, i + 3);
    if ((letter !== "e" && letter !== "d") || !isName(name) || !isName(value)) return null;
    forced.push({ kind: letter === "e" ? "experiment" : "decision", name, value });
  }
  return forced;
}

/** Previews are rare: the key is made ready for each. */
async function isSigned(secret, message, mac) {
  const bytes = mac.length === MAC_CHARACTERS ? decodeBase64url(mac) : null;
  if (bytes === null) return false;
  const key = await crypto.subtle.importKey("raw", secret, HMAC, false, ["verify"]);
  return crypto.subtle.verify("HMAC", key, bytes, encoder.encode(message));
}

function refuse(reason) {
  return { forced: [], refused: reason };
}

function isName(text) {
  return text.length >= 1 && text.length <= LONGEST_NAME && isPlainName(text);
}

function isNumber(text) {
  if (text.length < 1 || text.length > MOST_DIGITS) return false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 48 || unit > 57) return false;
  }
  return true;
}
