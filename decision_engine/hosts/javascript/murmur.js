/** MurmurHash3_x86_32 (Austin Appleby, public domain): the hash of unit ids and of entity tags. */

/** The seed of the second half of a unit's hash. */
export const SECOND_SEED = 0x9747b28c;

const SHORT = 64;
const encoder = new TextEncoder();

/**
 * Hash the first `length` bytes of `bytes`.
 * @param {Uint8Array} bytes
 * @param {number} length
 * @param {number} seed
 * @returns {number} an unsigned 32-bit integer
 */
export function murmur3(bytes, length, seed) {
  const blocks = length & ~3;
  let hash = seed | 0;
  for (let i = 0; i < blocks; i += 4) {
    hash = mix(hash, scramble(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)));
  }
  let tail = 0;
  for (let i = length - 1; i >= blocks; i -= 1) tail = (tail << 8) | bytes[i];
  if (length > blocks) hash ^= scramble(tail);
  return finish(hash ^ length);
}

/**
 * Hash the UTF-8 of a well-formed text.
 * @param {string} text
 * @param {number} seed
 * @returns {number} an unsigned 32-bit integer
 */
export function murmur3Text(text, seed) {
  const bytes = encoder.encode(text);
  return murmur3(bytes, bytes.length, seed);
}

/**
 * Hash a short ASCII text with both seeds of a unit at once, without encoding it first.
 * @param {unknown} text
 * @param {Float64Array} vector
 * @param {number} a where the hash with seed 0 goes
 * @param {number} b where the hash with `SECOND_SEED` goes
 * @returns {boolean} false when it is no such text, or empty; nothing is written then
 */
export function putHalves(text, vector, a, b) {
  if (typeof text !== "string" || text.length === 0 || text.length > SHORT) return false;
  const { length } = text;
  const blocks = length & ~3;
  let first = 0;
  let second = SECOND_SEED | 0;
  let units = 0;
  for (let i = 0; i < blocks; i += 4) {
    const c0 = text.charCodeAt(i);
    const c1 = text.charCodeAt(i + 1);
    const c2 = text.charCodeAt(i + 2);
    const c3 = text.charCodeAt(i + 3);
    units |= c0 | c1 | c2 | c3;
    const k = scramble(c0 | (c1 << 8) | (c2 << 16) | (c3 << 24));
    first = mix(first, k);
    second = mix(second, k);
  }
  let tail = 0;
  for (let i = length - 1; i >= blocks; i -= 1) {
    const unit = text.charCodeAt(i);
    units |= unit;
    tail = (tail << 8) | unit;
  }
  if (units > 0x7f) return false;
  const last = scramble(tail) ^ length;
  vector[a] = finish(first ^ last);
  vector[b] = finish(second ^ last);
  return true;
}

function mix(hash, k) {
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function scramble(word) {
  const k = Math.imul(word, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function finish(word) {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
