/** Base64url without padding, read strictly: each run of bytes has one text (RFC 4648, section 5). */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const FOREIGN = 255;
const SEXTETS = new Uint8Array(128).fill(FOREIGN);
for (let i = 0; i < ALPHABET.length; i += 1) SEXTETS[ALPHABET.charCodeAt(i)] = i;

/**
 * Write bytes.
 * @param {Uint8Array} bytes few: the text is joined character by character
 * @returns {string}
 */
export function encodeBase64url(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = (bytes[at] << 16) | (left > 1 ? bytes[at + 1] << 8 : 0) | (left > 2 ? bytes[at + 2] : 0);
    text += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63];
    if (left > 1) text += ALPHABET[(bits >> 6) & 63];
    if (left > 2) text += ALPHABET[bits & 63];
  }
  return text;
}

/**
 * Read bytes. The caller bounds the text.
 * @param {string} text
 * @returns {Uint8Array | null} null for other characters, for a length that no bytes have, and for loose bits at the end
 */
export function decodeBase64url(text) {
  const rest = text.length % 4;
  if (rest === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const sextet = unit < 128 ? SEXTETS[unit] : FOREIGN;
    if (sextet === FOREIGN) return null;
    bits = ((bits << 6) | sextet) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at] = (bits >> held) & 255;
    at += 1;
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : null;
}
