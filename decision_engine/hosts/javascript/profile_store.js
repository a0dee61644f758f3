/**
 * The second lane: profiles that the cloud has put into the edge's KV. Memory first, then the KV, then nothing is known.
 *
 * Whatever the KV does, a request waits no longer than it was told. While the KV fails, memory's last known good is served,
 * and after a few failures in a row the KV is left alone for a while. Of requests for one visitor at the same time one asks;
 * the others wait for its answer, each no longer than its own deadline, since the platform may drop the one that asks.
 */

import { createCache } from "./profile_cache.js";
import { TOLERANCE } from "./profile_envelope.js";
import { watch } from "./watching.js";

/** Questions to the KV at the same time; beyond these a request takes what memory has. */
const MOST_FLIGHTS = 256;
const MOST_WARMED = 1000;
const WARMED_AT_ONCE = 4;
const FAILURES_TO_PAUSE = 5;
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30000;

const LATE = Symbol("late");
const FAILED = Symbol("failed");

/**
 * @template T
 * @typedef {object} Found what the KV holds for a key
 * @property {T | null} value null where the KV holds nothing
 * @property {number} ttl for how many ms it is used before the KV is asked again
 * @property {number} issued ms UTC
 * @property {number} expires ms UTC; it is never served from then on
 */

/**
 * @typedef {object} Timers
 * @property {() => number} now ms of a clock that never goes back
 * @property {(call: () => void, ms: number) => unknown} set
 * @property {(timer: unknown) => void} clear
 */

/**
 * @template T
 * @typedef {object} Store
 * @property {(key: string, at: number, budget: number, keep?: ((work: Promise<unknown>) => void) | null) =>
 *   Found<T> | null | Promise<Found<T> | null>} read what is known, at once where memory has it; null for nothing. `at` in
 *   ms UTC, `budget` in ms of waiting. `keep` gets work that is to go on after the response
 * @property {(keys: string[], at: number) => Promise<number>} warm ask for keys that will be wanted; tells how many there are
 */

/**
 * Prepare a store.
 * @template T
 * @param {{timeout: number, absent: number, entries: number}} table
 * @param {(key: string) => Promise<string | null>} get asks the KV
 * @param {(text: string, key: string, at: number) => Promise<Found<T> | null>} open verifies a text of the KV; null when it
 *   counts for nothing
 * @param {Timers} timers
 * @param {Record<string, number>} counters
 * @returns {Store<T>}
 */
export function createStore({ timeout, absent, entries }, get, open, timers, counters) {
  const memory = createCache(entries);
  const flights = new Map();
  const pause = { failures: 0, since: 0, length: 0 };

  function read(key, at, budget, keep = null) {
    counters.asked += 1;
    const entry = memory.take(key);
    if (entry !== undefined && isFresh(entry, at)) {
      counters[entry.found.value === null ? "absent" : "memory"] += 1;
      return usable(entry, at);
    }
    const wait = Math.min(timeout, budget);
    const joined = flightFor(key, at, wait, keep);
    return joined === null ? serveLast(entry, at) : waitFor(joined, wait, entry, at);
  }

  /** The answer to a question that is under way, or to a new one; null where none may be asked. */
  function flightFor(key, at, wait, keep) {
    if (!(wait > 0)) return refuse("late");
    const other = flights.get(key);
    if (other !== undefined && timers.now() < other.until) {
      counters.joined += 1;
      return { flight: other, isOwn: false };
    }
    if (isPaused(pause, at)) return refuse("paused");
    if (flights.size >= MOST_FLIGHTS && other === undefined) dropDead(flights, timers.now());
    if (flights.size >= MOST_FLIGHTS && other === undefined) return refuse("shed");
    if (pause.failures >= FAILURES_TO_PAUSE) pause.since = at; // one tries, and the others go on pausing
    const flight = { until: timers.now() + 2 * timeout, answer: null, said: null, isJudged: false };
    flights.set(key, flight);
    flight.answer = ask(key, at, flight).then((said) => {
      flight.said = said;
      return said;
    });
    keep?.(flight.answer);
    return { flight, isOwn: true };
  }

  function refuse(reason) {
    counters[reason] += 1;
    return null;
  }

  /** Ask the KV, and put what it says into memory, however late that is. */
  async function ask(key, at, flight) {
    const started = timers.now();
    try {
      const text = await get(key);
      const found = text === null ? { value: null, ttl: absent, issued: 0, expires: Infinity } : await verify(text, key, at);
      if (found === null) return FAILED;
      judge(flight, timers.now() - started <= timeout, at);
      counters[found.value === null ? "missing" : "kv"] += 1;
      return remember(key, found, at);
    } catch {
      judge(flight, false, at);
      counters.failed += 1;
      return FAILED;
    } finally {
      if (flights.get(key) === flight) flights.delete(key);
    }
  }

  /** A question counts once, and as failed when it took too long, whatever comes of it. */
  function judge(flight, isGood, at) {
    if (flight.isJudged) return;
    flight.isJudged = true;
    pause.failures = isGood ? 0 : pause.failures + 1;
    if (pause.failures < FAILURES_TO_PAUSE) return;
    pause.since = at;
    pause.length = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(pause.failures - FAILURES_TO_PAUSE, 5));
  }

  /** A text that counts for nothing says nothing of the KV's health: it is believed for as long as an absence. */
  async function verify(text, key, at) {
    const found = typeof text === "string" ? await open(text, key, at) : null;
    if (found !== null) return found;
    counters.rejected += 1;
    const last = memory.take(key)?.found ?? { value: null, ttl: absent, issued: 0, expires: Infinity };
    memory.put(key, { found: last, from: at, until: at + absent });
    return null;
  }

  function remember(key, found, at) {
    const last = memory.take(key)?.found;
    // A KV is only eventually consistent: an older text does not replace a newer one. An absence does: it may be an erasure.
    const isOlder = last !== undefined && found.value !== null && last.issued > found.issued;
    if (isOlder) counters.older += 1;
    const kept = isOlder ? last : found;
    const entry = { found: kept, from: at, until: Math.min(at + kept.ttl, kept.expires) };
    memory.put(key, entry);
    return entry;
  }

  async function waitFor({ flight, isOwn }, wait, entry, at) {
    const answered = isOwn ? await within(flight.answer, wait, timers) : ((await watch(flight, wait, timers)) ?? LATE);
    if (answered === LATE) {
      counters.late += 1;
      if (wait === timeout) judge(flight, false, at);
    }
    return answered === LATE || answered === FAILED ? serveLast(entry, at) : usable(answered, at);
  }

  function serveLast(entry, at) {
    const found = entry === undefined ? null : usable(entry, at);
    if (found !== null) counters.stale += 1;
    return found;
  }

  async function warm(keys, at) {
    const wanted = keys.slice(0, MOST_WARMED).values();
    let known = 0;
    async function work() {
      for (const key of wanted) {
        if ((await read(key, at, timeout)) !== null) known += 1;
      }
    }
    await Promise.all(Array.from({ length: WARMED_AT_ONCE }, work));
    counters.warmed += known;
    return known;
  }

  return { read, warm };
}

function isFresh({ from, until }, at) {
  return at < until && at >= from - TOLERANCE;
}

function usable({ found }, at) {
  return found.value !== null && at < found.expires ? found : null;
}

function isPaused({ failures, since, length }, at) {
  return failures >= FAILURES_TO_PAUSE && at >= since && at < since + length;
}

/** A question whose request the platform dropped never ends. */
function dropDead(flights, now) {
  for (const [key, { until }] of flights) if (now >= until) flights.delete(key);
}

function within(answer, ms, timers) {
  return new Promise((resolve) => {
    const timer = timers.set(() => resolve(LATE), ms);
    answer.then((value) => {
      timers.clear(timer);
      resolve(value);
    });
  });
}
