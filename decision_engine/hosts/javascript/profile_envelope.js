/**
 * The envelope of what the cloud signs for one visitor: profile tokens, profiles in the KV, sticky assignments.
 *
 *     1.KEY.PAYLOAD.MAC       signed
 *     1s.KEY.SEALED           sealed: nobody else can read it
 *
 * KEY is the id of the key; all parts behind it are base64url. MAC is HMAC-SHA256 over a text that names the kind, a line
 * feed, and what stands before the MAC. SEALED is 12 bytes that are used once, and AES-256-GCM's ciphertext with its tag;
 * authenticated with it are the kind, a line feed, and what stands before SEALED. The payload is strict JSON:
 *
 *     [PSEUDONYM, ISSUED, LIFETIME, CONTENT]
 *
 * ISSUED is in seconds UTC, LIFETIME in seconds. WebCrypto compares in constant time.
 */

import { decodeBase64url } from "./base64url.js";
import { isPlainName } from "./ascii.js";
import { PSEUDONYM_LENGTH } from "./pseudonym.js";
import { decodeUtf8, parseText } from "./strict_json.js";

/** How far the clock of who issued may be ahead, in ms. */
export const TOLERANCE = 300000;

const SIGNED = "1";
const SEALED = "1s";
const LONGEST_KEY_ID = 32;
const MAC_CHARACTERS = 43;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MEMBERS = 4;
const LATEST = 253402300799;
const LONGEST_LIFETIME = 400 * 86400;
const SEALING = "edgewise-sealing";
const HMAC = { name: "HMAC", hash: "SHA-256" };

const encoder = new TextEncoder();

/**
 * @typedef {object} Kind a kind of envelope
 * @property {string} context what its MAC begins with, so that no kind passes for another
 * @property {number} longest in characters
 */

/** What a visitor carries. */
export const PROFILE = { context: "edgewise-profile", longest: 2048 };
/** What the KV keeps for a visitor. */
export const STORED = { context: "edgewise-stored", longest: 4096 };
/** Which variations a visitor keeps. */
export const STICKY = { context: "edgewise-sticky", longest: 2048 };

/**
 * @typedef {object} Letter an authentic payload
 * @property {string} pseudonym of the visitor it is for
 * @property {number} issued ms UTC
 * @property {number} expires ms UTC
 * @property {unknown} content
 */

/**
 * @typedef {object} Keyring keys by their ids; imported once
 * @property {(id: string) => boolean} has
 * @property {(id: string, mac: Uint8Array, message: string) => Promise<boolean>} verify
 * @property {(id: string, nonce: Uint8Array, sealed: Uint8Array, message: string) => Promise<Uint8Array | null>} open
 */

/**
 * Prepare keys.
 * @param {Map<string, Uint8Array>} secrets at least 16 bytes each, by their ids
 * @returns {Keyring}
 */
export function createKeyring(secrets) {
  const signing = new Map();
  const sealing = new Map();

  async function importSigning(id) {
    const key = await crypto.subtle.importKey("raw", secrets.get(id), HMAC, false, ["sign", "verify"]);
    signing.set(id, key);
    return key;
  }

  async function importSealing(id) {
    const raw = await crypto.subtle.sign("HMAC", signing.get(id) ?? (await importSigning(id)), encoder.encode(SEALING));
    const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
    sealing.set(id, key);
    return key;
  }

  async function verify(id, mac, message) {
    return crypto.subtle.verify("HMAC", signing.get(id) ?? (await importSigning(id)), mac, encoder.encode(message));
  }

  async function open(id, nonce, sealed, message) {
    const key = sealing.get(id) ?? (await importSealing(id));
    const algorithm = { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(message) };
    try {
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed));
    } catch {
      return null; // WebCrypto throws where the tag is not that of the text
    }
  }

  return { has: (id) => secrets.has(id), verify, open };
}

/**
 * Open an envelope: who it is for and when it counts is for `refusalOf`.
 * @param {string} text
 * @param {Kind} kind
 * @param {Keyring} keyring
 * @returns {Promise<Letter | string>} a text says why it is refused
 */
export async function openEnvelope(text, { context, longest }, keyring) {
  if (text.length > longest) return "too-long";
  const parts = text.split(".", 5);
  const [version, id] = parts;
  const isSigned = parts.length === 4 && version === SIGNED;
  if (!isSigned && !(parts.length === 3 && version === SEALED)) return "unreadable";
  if (!isKeyId(id)) return "unreadable";
  const last = parts[parts.length - 1];
  const code = isSigned && last.length !== MAC_CHARACTERS ? null : decodeBase64url(last);
  if (code === null || (!isSigned && code.length <= NONCE_BYTES + TAG_BYTES)) return "unreadable";
  if (!keyring.has(id)) return "unknown-key";
  const message = `${context}\n${text.slice(0, text.length - last.length - 1)}`;
  if (!isSigned) {
    const opened = await keyring.open(id, code.subarray(0, NONCE_BYTES), code.subarray(NONCE_BYTES), message);
    return opened === null ? "bad-mac" : readLetter(opened);
  }
  if (!(await keyring.verify(id, code, message))) return "bad-mac";
  const payload = decodeBase64url(parts[2]);
  return payload === null ? "unreadable" : readLetter(payload);
}

/**
 * Tell why a letter does not count.
 * @param {Letter} letter
 * @param {string} pseudonym of the visitor who brings it
 * @param {number} at ms UTC
 * @param {number} longest how old it may be in ms, whatever it says itself
 * @returns {string | null} null when it counts
 */
export function refusalOf(letter, pseudonym, at, longest) {
  if (letter.pseudonym !== pseudonym) return "foreign";
  if (letter.issued > at + TOLERANCE) return "not-yet-valid";
  return at >= letter.expires || at >= letter.issued + longest ? "expired" : null;
}

/**
 * Tell whether a text can be the pseudonym of a letter.
 * @param {unknown} text
 * @returns {boolean}
 */
export function isPseudonym(text) {
  return typeof text === "string" && text.length === PSEUDONYM_LENGTH && isPlainName(text) && !text.includes(".");
}

function readLetter(bytes) {
  let value;
  try {
    value = parseText(decodeUtf8(bytes));
  } catch {
    return "unreadable"; // it is signed, and no JSON by the strict rule
  }
  if (!Array.isArray(value) || value.length !== MEMBERS) return "unreadable";
  const [pseudonym, issued, lifetime, content] = value;
  const isRight = isPseudonym(pseudonym) && isWhole(issued, LATEST) && isWhole(lifetime, LONGEST_LIFETIME);
  if (!isRight) return "unreadable";
  return { pseudonym, issued: issued * 1000, expires: (issued + lifetime) * 1000, content };
}

function isKeyId(text) {
  return text.length >= 1 && text.length <= LONGEST_KEY_ID && isPlainName(text);
}

/**
 * Tell whether a value is a whole number from 0 to a limit.
 * @param {unknown} value
 * @param {number} most
 * @returns {boolean}
 */
export function isWhole(value, most) {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
