/** Waiting for what another request does. */

const LOOKS_EVERY = 1; // ms

/**
 * Wait until another request's work has said something, but not longer than so many ms. It looks by timers of its own: a request
 * that goes on when the promise of another one ends may go on in that one's place, where platforms refuse it its own I/O.
 * @template T
 * @param {{said: T | null}} work
 * @param {number} ms
 * @param {import("./profile_store.js").Timers} timers
 * @returns {Promise<T | null>} null when it is late
 */
export async function watch(work, ms, timers) {
  const end = timers.now() + ms;
  for (let left = ms; work.said === null && left > 0; left = end - timers.now()) await pause(Math.min(left, LOOKS_EVERY), timers);
  return work.said;
}

function pause(ms, timers) {
  return new Promise((resolve) => {
    timers.set(resolve, ms);
  });
}
