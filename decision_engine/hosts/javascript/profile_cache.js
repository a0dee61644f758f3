/** Remembers a bounded number of values, and forgets the one that was used longest ago. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @template T
 * @typedef {object} Cache
 * @property {(key: string) => T | undefined} take the value, which counts as used; undefined when there is none
 * @property {(key: string, value: T) => void} put
 * @property {(key: string) => void} drop
 * @property {() => number} size
 */

/**
 * Make a cache.
 * @template T
 * @param {number} most entries
 * @returns {Cache<T>}
 */
export function createCache(most) {
  const values = new Map(); // in the order of use: a Map keeps the order in which keys came
  let last; // the key used last stands at the end already

  function take(key) {
    const value = values.get(key);
    if (value === undefined || key === last) return value;
    values.delete(key);
    values.set(key, value);
    last = key;
    return value;
  }

  function put(key, value) {
    values.delete(key);
    values.set(key, value);
    last = key;
    if (values.size > most) values.delete(values.keys().next().value);
  }

  function drop(key) {
    values.delete(key);
    if (key === last) last = undefined;
  }

  return { take, put, drop, size: () => values.size };
}

/**
 * Make a cache for what is asked for at every request: it forgets an entry that was not used for long, and not always the one
 * that was used longest ago, so that most uses move nothing.
 * @template T
 * @param {number} most entries
 * @returns {Cache<T>}
 */
export function createQuickCache(most) {
  const entries = new Map(); // in the order of use, roughly: a Map keeps the order in which keys came
  const soon = most / 2; // an entry that was moved to the end less than so many new ones ago is in no danger
  let added = 0;

  function take(key) {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (added - entry.since > soon) {
      entry.since = added;
      entries.delete(key);
      entries.set(key, entry);
    }
    return entry.value;
  }

  function put(key, value) {
    added += 1;
    entries.delete(key);
    entries.set(key, { value, since: added });
    if (entries.size > most) entries.delete(entries.keys().next().value);
  }

  return { take, put, drop: (key) => entries.delete(key), size: () => entries.size };
}

/**
 * Copy an ASCII text: a piece of a header keeps the whole header alive.
 * @param {string} text
 * @returns {string}
 */
export function ownCopy(text) {
  return decoder.decode(encoder.encode(text));
}
