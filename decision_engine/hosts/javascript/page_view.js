/**
 * The common request in one function: a known visitor's page view, GET of the decide route with a cookie, what the platform
 * observed, and an object that the engine reads by itself. It says what `host.respond` says of the same request, and leaves
 * every other request to it. Between short requests a worker pays for each function that it touches, so this one touches few.
 */

import { readCookieValue } from "./cookies.js";
import { isUnit } from "./encode.js";
import { SECOND_SEED } from "./murmur.js";
import { createIncoming, rawCookie } from "./observed.js";
import { prepareSight, putSights } from "./sights.js";

const NO_PARAMETERS = new Map();
const NOTHING = new Uint8Array();
const UNUSED = { a: null, b: null };

/**
 * Prepare page views.
 * @param {object} tables
 * @param {import("./host.js").Decider} decider
 * @returns {(request: import("./messages.js").HttpRequest, document?: string | null) => string | null} the body of the answer,
 *   whose status is 200 and whose headers are the usual ones; null when `host.respond` is to answer. What it throws,
 *   `host.respond` tells of. `document` is what follows `d=` where the query begins so; the target is not looked at
 */
export function createPageView({ features, identity, now, units }, { observed, bare, clocks, hash, buffers, readDocument, run, page }) {
  const { a, b } = units.find(({ name }) => name === identity?.unit) ?? UNUSED;
  if (units.some(({ named }) => named !== undefined)) return () => null;
  const sights = observed().map(prepareSight).filter((sight) => sight !== null);

  /** Begin with what the object gives; tells what that was, or null when only the host can read it. */
  function begin(document, at, vector) {
    if (document !== null) return readDocument === undefined ? null : readDocument(document, at);
    vector.set(bare);
    return NOTHING;
  }

  return (request, document = null) => {
    if (request.device !== null) return null;
    const { vector, codes } = buffers();
    const given = begin(document, request.at, vector);
    if (given === null) return null;
    const incoming = createIncoming(request, NO_PARAMETERS);
    if (identity !== null && given[features.length] !== 1) {
      const id = knownId(incoming, identity.cookie);
      if (id === null) return null;
      if (a !== null) vector[a] = hash(id, 0);
      if (b !== null) vector[b] = hash(id, SECOND_SEED);
    }
    putSights(sights, vector, incoming, given);
    if (now !== null) vector[now] = request.at;
    for (let i = 0; i < clocks.length; i += 1) clocks[i](vector, request.at);
    run(vector, codes);
    return page(codes, request.at);
  };
}

/** The visitor's id by the cookie; null when a new one may have to be drawn. */
function knownId(incoming, cookie) {
  const raw = rawCookie(incoming, cookie);
  const id = raw === undefined ? "" : readCookieValue(raw);
  return isUnit(id) ? id : null;
}
