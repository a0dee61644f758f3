/** MurmurHash3_x86_32 (Austin Appleby, public domain): the hash of unit ids and of entity tags. */

/** The seed of the second half of a unit's hash. */
export const SECOND_SEED = 0x9747b28c;

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
    hash ^= scramble(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
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
