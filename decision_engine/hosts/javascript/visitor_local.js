/** The time of day where the visitor is: offsets of all time zones, from a table that only registries that ask for it have. */

const DAY = 86400000;
const MINUTE = 60000;
const PARTS = ["night", "morning", "afternoon", "evening"];

/**
 * @typedef {object} History the offsets of zones that are alike
 * @property {number[]} starts ms UTC, ascending
 * @property {number[]} offsets minutes east of UTC; after the last one they begin again
 * @property {number} from the span that was asked for last, up to `until`, and its offset
 * @property {number} until
 * @property {number} offset
 */

/**
 * Prepare the zones; the table is read by the first request that asks.
 * @param {{starts: number[][], histories: [number, number[], string][]} | undefined} table `visitor.zones` of the tables
 * @returns {(zone: unknown, key: string, at: number) => number | string | undefined} reads hour, minute, weekday or part_of_day;
 *   undefined for another key and for a zone that the table does not have
 */
export function prepareLocal(table) {
  let zones = null;
  return (zone, key, at) => {
    if (typeof zone !== "string" || table === undefined) return undefined;
    zones ??= readZones(table);
    const history = zones.get(zone);
    return history === undefined ? undefined : readPart(key, at + offsetAt(history, at) * MINUTE);
  };
}

function readPart(key, local) {
  const days = Math.floor(local / DAY);
  const minute = Math.floor((local - days * DAY) / MINUTE);
  switch (key) {
    case "hour":
      return Math.floor(minute / 60);
    case "minute":
      return minute;
    case "weekday":
      return (((days + 3) % 7) + 7) % 7;
    case "part_of_day":
      return PARTS[Math.floor(minute / 360)];
    default:
      return undefined;
  }
}

/** The names of a history stand in groups: what they begin with, `:`, and the rest of each. */
function readZones({ starts, histories }) {
  const moments = starts.map(readStarts);
  const zones = new Map();
  for (const [place, offsets, names] of histories) {
    const history = { starts: moments[place], offsets, from: Infinity, until: Infinity, offset: 0 };
    for (const group of names.split(",")) {
      const mark = group.indexOf(":");
      const front = mark === 0 ? "" : `${group.slice(0, mark)}/`;
      for (const name of group.slice(mark + 1).split(" ")) zones.set(front + name, history);
    }
  }
  return zones;
}

/** Minutes: the first start, and how much later each other one is. */
function readStarts(minutes) {
  let start = 0;
  return minutes.map((later) => {
    start += later * MINUTE;
    return start;
  });
}

/** The offset in force: that of the last start at `at` or before; before the first one, that of the first. */
function offsetAt(history, at) {
  if (at >= history.from && at < history.until) return history.offset;
  const { starts, offsets } = history;
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= at) low = middle + 1;
    else high = middle;
  }
  history.from = low > 0 ? starts[low - 1] : -Infinity;
  history.until = low < starts.length ? starts[low] : Infinity;
  history.offset = offsets[Math.max(low - 1, 0) % offsets.length];
  return history.offset;
}
