/**
 * Merchants' own consent: a receipt that a visitor carries, signed, so that it is good for that visitor alone.
 *
 *     1.KEY.EPOCH.EXPIRES.PURPOSES.MAC
 *
 * KEY is the id of the key, EPOCH the visitor's consent epoch (withdrawal raises it), EXPIRES in seconds UTC, PURPOSES
 * the purposes agreed to, joined by `+` and possibly none: all others were refused. MAC is HMAC-SHA256 in base64url,
 * without padding, over `edgewise-consent`, the visitor's pseudonym, and what stands before the MAC, with line feeds
 * between. WebCrypto compares it in constant time.
 */

import { isComplete, isReadable, openBits, readBits } from "./consent_bits.js";
import { isName } from "./consent_groups.js";

const LONGEST = 1024;
const PARTS = 6;
const MOST_DIGITS = 12;
const LONGEST_NAME = 64;
const MAC_CHARACTERS = 43;
const MAC_BYTES = 32;

const encoder = new TextEncoder();
const EXPIRED = refuse("expired");
const WITHDRAWN = refuse("withdrawn");

/**
 * @typedef {object} Receipt
 * @property {Set<string>} granted
 * @property {string | null} refused why it grants nothing
 */

/**
 * @typedef {object} OpenedReceipt a receipt that may be kept: it says the same at any time
 * @property {Set<string>} granted
 * @property {number} epoch
 * @property {number} expires ms UTC
 * @property {string | null} refused why it never grants anything
 */

/**
 * Read and verify a receipt.
 * @param {string} text
 * @param {Map<string, CryptoKey>} keys HMAC-SHA256 keys that may verify, by their ids
 * @param {string} pseudonym the visitor's
 * @param {number} epoch the least consent epoch that counts
 * @param {number} at ms UTC
 * @returns {Promise<Receipt>}
 */
export async function readReceipt(text, keys, pseudonym, epoch, at) {
  return receiptAt(await openReceipt(text, keys, pseudonym), epoch, at);
}

/**
 * Read a receipt and verify its MAC.
 * @param {string} text
 * @param {Map<string, CryptoKey>} keys HMAC-SHA256 keys that may verify, by their ids
 * @param {string} pseudonym the visitor's
 * @returns {Promise<OpenedReceipt>}
 */
export async function openReceipt(text, keys, pseudonym) {
  const parts = text.length > LONGEST || !isReadable(text) ? [] : text.split(".", PARTS + 1);
  if (parts.length !== PARTS || parts[0] !== "1") return refuse("unreadable");
  const [, keyId, epochText, expires, purposes, mac] = parts;
  const named = purposes === "" ? [] : purposes.split("+");
  const isWellFormed = isNumber(epochText) && isNumber(expires) && [keyId, ...named].every(isReceiptName);
  if (!isWellFormed) return refuse("unreadable");
  const key = keys.get(keyId);
  if (key === undefined) return refuse("unknown-key");
  const body = text.slice(0, text.length - mac.length - 1);
  if (!(await isSigned(key, `edgewise-consent\n${pseudonym}\n${body}`, mac))) return refuse("forged");
  return { granted: new Set(named), epoch: Number(epochText), expires: 1000 * Number(expires), refused: null };
}

/**
 * Tell what an opened receipt grants at a time.
 * @param {OpenedReceipt} opened
 * @param {number} epoch the least consent epoch that counts
 * @param {number} at ms UTC
 * @returns {Receipt}
 */
export function receiptAt(opened, epoch, at) {
  if (opened.refused !== null) return opened;
  if (at >= opened.expires) return EXPIRED;
  return opened.epoch < epoch ? WITHDRAWN : opened;
}

async function isSigned(key, message, mac) {
  const bits = mac.length === MAC_CHARACTERS ? openBits(mac) : null;
  if (bits === null) return false;
  const bytes = new Uint8Array(MAC_BYTES);
  for (let i = 0; i < MAC_BYTES; i += 1) bytes[i] = readBits(bits, 8);
  if (!isComplete(bits)) return false;
  return crypto.subtle.verify("HMAC", key, bytes, encoder.encode(message));
}

function refuse(reason) {
  return { granted: new Set(), epoch: 0, expires: 0, refused: reason };
}

function isReceiptName(text) {
  return isName(text, LONGEST_NAME);
}

function isNumber(text) {
  if (text.length < 1 || text.length > MOST_DIGITS) return false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 48 || unit > 57) return false;
  }
  return true;
}
