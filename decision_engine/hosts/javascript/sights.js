/**
 * The features that a page view tells by what the platform observed: headers, hints and place. The same few texts come again
 * and again, so what a text writes to the vector is remembered.
 */

import { readCookieValue } from "./cookies.js";
import { own } from "./objects.js";
import { rawCookie, shownHeader } from "./observed.js";
import { mobileHint, platformHint } from "./visitor_hints.js";

const MOST_REMEMBERED = 256;
const LONGEST_REMEMBERED = 512;
const HINTS = {
  __proto__: null,
  mobile: { by: "header", key: "sec-ch-ua-mobile", convert: mobileHint },
  platform: { by: "header", key: "sec-ch-ua-platform", convert: (text) => platformHint(shownHeader(text)) },
};
const SOURCES = {
  __proto__: null,
  headers: { by: "header", convert: shownHeader },
  cookies: { by: "cookie", convert: readCookieValue },
  geo: { by: "geo", convert: (value) => value },
};
const VISIT = { by: "visit", convert: (value) => value };

/**
 * @typedef {object} Sight how one feature is seen
 * @property {"header" | "cookie" | "geo" | "visit"} by what tells it
 * @property {string} key the name of the header or the cookie, or the key of the place
 * @property {((incoming: import("./observed.js").Incoming) => unknown) | null} visit tells it, of `visit`
 * @property {number} number the feature's place in the tables
 * @property {number[]} places its elements of the vector
 * @property {(raw: unknown) => number[] | null} measure the elements' values; null when the feature is missing
 * @property {Map<unknown, number[] | null>} known what was measured before
 */

/**
 * Tell how a feature is seen when the request is a page view: without a query, a device or an object of its own.
 * @param {import("./encode.js").Feature} feature
 * @returns {Sight | null} null when it never is
 */
export function prepareSight(feature) {
  const { path, parse, accept, write, places, number, visit } = feature;
  const [group, key, ...rest] = path;
  const source = visit === null ? sourceOf(group, key) : VISIT;
  if (source === null) return null;
  const scratch = new Float64Array(Math.max(-1, ...places) + 1);
  const measure = (raw) => {
    const found = rest.reduce(own, source.convert(raw));
    const value = accept(parse !== null && typeof found === "string" ? parse(found) : found);
    if (value === undefined) return null;
    write(scratch, value);
    return places.map((place) => scratch[place]);
  };
  return { by: source.by, key: source.key ?? key, visit, number, places, measure, known: new Map() };
}

function sourceOf(group, key) {
  if (key === undefined) return null;
  if (group === "device") return HINTS[key] ?? null;
  return SOURCES[group] ?? null;
}

/**
 * Write what is seen of a request to the vector, for each feature that its object does not give.
 * @param {Sight[]} sights
 * @param {Float64Array} vector
 * @param {import("./observed.js").Incoming} incoming
 * @param {ArrayLike<number>} given 1 by the number of a feature that the object gives
 * @param {ArrayLike<number>} withheld 1 by the number of a feature that is denied
 */
export function putSights(sights, vector, incoming, given, withheld) {
  for (let i = 0; i < sights.length; i += 1) {
    const { by, key, visit, number, places, known } = sights[i];
    if (given[number] === 1 || withheld[number] === 1) continue;
    let raw;
    if (by === "header") raw = incoming.request.header(key);
    else if (by === "visit") raw = visit(incoming, "", key, null);
    else raw = by === "geo" ? own(incoming.request.geo, key) : rawCookie(incoming, key);
    if (raw === undefined || raw === null) continue;
    let values = known.get(raw);
    if (values === undefined) values = remember(sights[i], raw);
    if (values === null) continue;
    for (let j = 0; j < places.length; j += 1) vector[places[j]] = values[j];
  }
}

function remember({ measure, known }, raw) {
  if (typeof raw === "string" && raw.length > LONGEST_REMEMBERED) return measure(raw);
  if (known.size === MOST_REMEMBERED) known.clear();
  const values = measure(raw);
  known.set(raw, values);
  return values;
}
