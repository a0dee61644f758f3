/** Local time in a named zone, from a table of its offsets. */

const DAY = 86400000;
const MINUTE = 60000;

/**
 * Prepare a zone's clock.
 * @param {{weekday: number | null, minute: number | null, changes: [number, number][]}} clock as in the tables
 * @returns {(vector: Float64Array, now: number) => void} writes the weekday (Monday 0) and the minute of the day
 */
export function prepareClock({ weekday, minute, changes }) {
  let known = { from: Infinity, until: Infinity, offset: 0 };
  return (vector, now) => {
    if (!(now >= known.from && now < known.until)) known = spanAt(changes, now);
    const local = now + known.offset * MINUTE;
    const days = Math.floor(local / DAY);
    if (weekday !== null) vector[weekday] = (((days + 3) % 7) + 7) % 7;
    if (minute !== null) vector[minute] = Math.floor((local - days * DAY) / MINUTE);
  };
}

/**
 * The span around `now` without a change: its offset is that of the last change that starts at `now` or before, or of the
 * first one
 * before that.
 */
function spanAt(changes, now) {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changes[middle][0] <= now) low = middle + 1;
    else high = middle;
  }
  const until = low < changes.length ? changes[low][0] : Infinity;
  return { from: low > 0 ? changes[low - 1][0] : -Infinity, until, offset: changes[Math.max(low - 1, 0)][1] };
}
