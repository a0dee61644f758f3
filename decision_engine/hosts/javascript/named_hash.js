/** Places of ids by named bucketings: how other systems hash (docs/reference/host.md, "Vector"). */

/**
 * Prepare a named bucketing.
 * @param {string} bucketing
 * @returns {(text: string, hash: (text: string, seed: number) => number) => number} the place of a text that holds an id and
 *   its seed; `hash` is MurmurHash3_x86_32
 */
export function preparePlace(bucketing) {
  const prepared = PLACES[bucketing];
  if (prepared === undefined) throw new Error(`expected a named bucketing, found \`${bucketing}\``);
  return prepared;
}

/** FNV-1a of 32 bits (Fowler, Noll, Vo) over UTF-16 code units, a unit for a byte. */
function fnv1a(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

const PLACES = {
  __proto__: null,
  "growthbook-1": (text) => (fnv1a(text) % 1000) / 1000,
  "growthbook-2": (text) => (fnv1a(String(fnv1a(text))) % 10000) / 10000,
  flagd: (text, hash) => hash(text, 0) / 4294967296,
  "flagd-legacy": (text, hash) => (Math.abs(hash(text, 0) | 0) / 2147483647) * 100,
};
