/**
 * What the origin, and a cache in front of it, may know: a token made of numbers that the compiler gave to payloads.
 *
 *     DIGEST-PAYLOAD-PAYLOAD.PAYLOAD
 *
 * DIGEST is the first 8 digits of the registry's digest, then comes a number for each decision of the segment, several for a
 * ranking. Nothing of a request is in the token, so that a cache holds no more pages than there are outcomes.
 */

const DIGITS = 8;
const LONGEST = 256;

/**
 * Make the token.
 * @param {string} registry the digest, `sha256:` in front
 * @param {number[]} decisions the segment's
 * @param {(decision: number) => import("./deliver_slots.js").Shown} shownOf
 * @param {(decision: number, outcome: string) => number | undefined} payloadOf
 * @returns {string | null} null when an outcome has no number, or the token would be too long: such a page is kept nowhere
 */
export function segmentToken(registry, decisions, shownOf, payloadOf) {
  let token = registry.slice(registry.indexOf(":") + 1).slice(0, DIGITS);
  for (const decision of decisions) {
    const { outcome, items } = shownOf(decision);
    const keys = items === null ? [outcome] : items.map(({ key }) => key);
    const numbers = keys.map((key) => payloadOf(decision, key));
    if (numbers.includes(undefined)) return null;
    token += `-${numbers.join(".")}`;
  }
  return token.length > LONGEST ? null : token;
}

/**
 * Make the token of a page that says how some outcomes were decided: the leaves stand behind it, `l` and their numbers.
 * @param {string | null} token
 * @param {number[]} hydrated the decisions
 * @param {(decision: number) => import("./deliver_slots.js").Shown} shownOf
 * @returns {string | null} null without a token, or when the program's codes did not give a leaf
 */
export function hydratedToken(token, hydrated, shownOf) {
  if (token === null || hydrated.length === 0) return token;
  const leaves = hydrated.map((decision) => shownOf(decision).leaf);
  return leaves.includes(null) ? null : `${token}-l${leaves.join(".")}`;
}

/**
 * Make a header's value of an outcome.
 * @param {import("./deliver_slots.js").Shown} shown
 * @returns {string | null} the payload's key, several joined by commas; null when a key cannot stand in a header
 */
export function outcomeHeader({ outcome, items }) {
  const keys = items === null ? [outcome ?? ""] : items.map(({ key }) => key);
  const text = keys.join(",");
  return text.length <= LONGEST && keys.every(isKey) ? text : null;
}

/** Keys are the registry's names of payloads. */
function isKey(text) {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const isLetter = (unit | 32) >= 97 && (unit | 32) <= 122;
    if (!isLetter && !(unit >= 48 && unit <= 57) && unit !== 95 && unit !== 45 && unit !== 46) return false;
  }
  return text !== "";
}
