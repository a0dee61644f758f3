/** Local time in a named zone, from a table of its offsets. */

const DAY = 86400000;
const MINUTE = 60000;

/**
 * Prepare a zone's clock.
 * @param {{weekday: number | null, minute: number | null, changes: [number, number][]}} clock as in the tables
 * @returns {(vector: Float64Array, now: number) => void} writes the weekday (Monday 0) and the minute of the day
 */
export function prepareClock({ weekday, minute, changes }) {
  return (vector, now) => {
    const local = now + offsetAt(changes, now) * MINUTE;
    const days = Math.floor(local / DAY);
    if (weekday !== null) vector[weekday] = (((days + 3) % 7) + 7) % 7;
    if (minute !== null) vector[minute] = Math.floor((local - days * DAY) / MINUTE);
  };
}

/** The offset of the last change that starts at `now` or before; the first one's before that. */
function offsetAt(changes, now) {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changes[middle][0] <= now) low = middle + 1;
    else high = middle;
  }
  return changes[Math.max(low - 1, 0)][1];
}
