/** Which rule holds where a visitor is; unknown places have the strictest. */

const UNKNOWN = "unknown";
const ELSEWHERE = "elsewhere";
/** What geo headers have where a country is not known: anonymous networks, proxies, satellites, whole continents. */
const NO_COUNTRIES = ["XX", "T1", "ZZ", "A1", "A2", "AP", "EU"];
const known = new WeakMap(); // when the rules of a table change

/**
 * @typedef {object} Place the rule of a place
 * @property {"opt_in" | "opt_out"} regime
 * @property {number[][]} sections numbers of the GPP's sections: of each list the first one that a string has counts
 * @property {number} since ms UTC; before that the next wider place's rule holds
 */

/**
 * Find the narrowest place known: `US-CA`, then `US-*` (any other region), `US`, `elsewhere`.
 * @param {{[name: string]: Place}} places
 * @param {string | null | undefined} country as the platform's geo headers have it, ISO 3166
 * @param {string | null | undefined} region likewise
 * @param {number} at ms UTC
 * @returns {string} its name
 */
export function findPlace(places, country, region, at) {
  if (!isCode(country, 2, 2)) return UNKNOWN;
  const names = isCode(region, 1, 3) ? [`${country}-${region}`, `${country}-*`, country] : [country];
  for (const name of names) {
    if (Object.hasOwn(places, name) && at >= places[name].since) return name;
  }
  return NO_COUNTRIES.includes(country) ? UNKNOWN : ELSEWHERE;
}

/**
 * Tell until when all places have the same rule.
 * @param {{[name: string]: Place}} places
 * @param {number} at ms UTC
 * @returns {number} ms UTC
 */
export function placesHoldUntil(places, at) {
  let changes = known.get(places);
  if (changes === undefined) {
    changes = [...new Set(Object.values(places).map(({ since }) => since))].sort((a, b) => a - b);
    known.set(places, changes);
  }
  for (let i = 0; i < changes.length; i += 1) if (changes[i] > at) return changes[i];
  return Infinity;
}

function isCode(text, shortest, longest) {
  if (typeof text !== "string" || text.length < shortest || text.length > longest) return false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (!(unit >= 65 && unit <= 90) && !(unit >= 48 && unit <= 57)) return false;
  }
  return true;
}
