/** MurmurHash3_x86_32 (Austin Appleby, public domain) of the UTF-8 of a text, in few bytes; the seeds are those of murmur.js. */

/** @returns {number} an unsigned 32-bit integer */
export function hashOf(text, seed) {
  const bytes = new TextEncoder().encode(text);
  let hash = seed;
  let word = 0;
  bytes.forEach((byte, i) => {
    word |= byte << (8 * (i % 4));
    if (i % 4 < 3) return;
    hash ^= scramble(word);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
    word = 0;
  });
  hash ^= scramble(word) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word) {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
