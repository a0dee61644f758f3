/**
 * The common request in one function: a known visitor's page view, GET of the decide route with a cookie and what the
 * platform observed, and nothing else. It says what `host.respond` says of the same request, and leaves every other request
 * to it. Between short requests a worker pays for each function that it touches, so this one touches few.
 */

import { readCookieValue } from "./cookies.js";
import { isUnit } from "./encode.js";
import { SECOND_SEED } from "./murmur.js";
import { createIncoming, rawCookie } from "./observed.js";
import { prepareSight, putSights } from "./sights.js";

const NO_PARAMETERS = new Map();
const UNUSED = { a: null, b: null };

/**
 * Prepare page views.
 * @param {object} tables
 * @param {import("./host.js").Decider} decider
 * @returns {(request: import("./messages.js").HttpRequest) => string | null} the body of the answer, whose status is 200 and
 *   whose headers are the usual ones; null when `host.respond` is to answer. What it throws, `host.respond` tells of
 */
export function createPageView({ identity, now, units }, { observed, bare, clocks, hash, buffers, run, page }) {
  const { a, b } = units.find(({ name }) => name === identity?.unit) ?? UNUSED;
  const sights = observed().map(prepareSight).filter((sight) => sight !== null);

  return (request) => {
    if (request.device !== null) return null;
    const incoming = createIncoming(request, NO_PARAMETERS);
    const id = identity === null ? undefined : knownId(incoming, identity.cookie);
    if (id === null) return null;

    const { vector, codes } = buffers();
    vector.set(bare);
    putSights(sights, vector, incoming);
    if (a !== null) vector[a] = hash(id, 0);
    if (b !== null) vector[b] = hash(id, SECOND_SEED);
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
