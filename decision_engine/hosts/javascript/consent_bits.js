/** Reads bits of base64url text: bounded, and without throwing; what is not there reads as zero and is noticed. */

/** Characters of a consent string that are read; a longer one is unreadable as a whole. */
export const LONGEST = 4096;

const FOREIGN = 255;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const SEXTETS = new Uint8Array(128).fill(FOREIGN);
for (let i = 0; i < ALPHABET.length; i += 1) SEXTETS[ALPHABET.charCodeAt(i)] = i;

/**
 * @typedef {object} Bits a position in a run of bits
 * @property {Uint8Array} sextets six bits each
 * @property {number} length in bits
 * @property {number} at
 * @property {boolean} isShort whether something was read behind the end
 */

/**
 * Tell whether a text is short enough and ASCII.
 * @param {string} text
 * @returns {boolean}
 */
export function isReadable(text) {
  if (text.length > LONGEST) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) > 127) return false;
  }
  return true;
}

/**
 * Open base64url, with up to two `=` behind.
 * @param {string} text
 * @returns {Bits | null} null for other text and for none
 */
export function openBits(text) {
  let count = text.length;
  if (text.endsWith("==")) count -= 2;
  else if (text.endsWith("=")) count -= 1;
  if (count === 0 || count > LONGEST) return null;
  const sextets = new Uint8Array(count);
  for (let i = 0; i < count; i += 1) {
    const unit = text.charCodeAt(i);
    const sextet = unit < 128 ? SEXTETS[unit] : FOREIGN;
    if (sextet === FOREIGN) return null;
    sextets[i] = sextet;
  }
  return { sextets, length: 6 * count, at: 0, isShort: false };
}

/**
 * Read the next `count` bits as a number, the first one highest; at most 48.
 * @param {Bits} bits
 * @param {number} count
 * @returns {number}
 */
export function readBits(bits, count) {
  const end = bits.at + count;
  if (end > bits.length) {
    bits.isShort = true;
    return 0;
  }
  let number = 0;
  let { at } = bits;
  while (at < end) {
    const used = at % 6;
    const taken = Math.min(6 - used, end - at);
    const part = (bits.sextets[(at - used) / 6] >> (6 - used - taken)) & ((1 << taken) - 1);
    number = number * (1 << taken) + part; // not shifted: dates have more than 32 bits
    at += taken;
  }
  bits.at = end;
  return number;
}

/**
 * Pass over bits.
 * @param {Bits} bits
 * @param {number} count
 * @returns {void}
 */
export function skipBits(bits, count) {
  bits.at += count;
  if (bits.at > bits.length) bits.isShort = true;
}

/**
 * Tell whether everything that was read was there, and nothing but zeros follows: the padding of encoders. Anything else
 * behind the last field is a sign that fields were taken from wrong places.
 * @param {Bits} bits
 * @returns {boolean}
 */
export function isComplete(bits) {
  if (bits.isShort) return false;
  const used = bits.at % 6;
  let next = (bits.at - used) / 6;
  if (used > 0) {
    if ((bits.sextets[next] & ((1 << (6 - used)) - 1)) !== 0) return false;
    next += 1;
  }
  for (let i = next; i < bits.sextets.length; i += 1) {
    if (bits.sextets[i] !== 0) return false;
  }
  return true;
}
