/** Edgewise's buckets for evaluators that have none: an id is hashed once a request, as Edgewise does it. */

import { murmur3Text, SECOND_SEED } from "../../../../decision_engine/hosts/javascript/murmur.js";

export function createShare() {
  let a = 0;
  let b = 0;
  return {
    take(id) {
      a = murmur3Text(id, 0);
      b = murmur3Text(id, SECOND_SEED);
    },
    holds: (salt, bound) => mix(a ^ mix((b + salt) >>> 0)) >>> 0 < bound,
  };
}

/** MurmurHash3's 32-bit finaliser. */
function mix(h) {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
