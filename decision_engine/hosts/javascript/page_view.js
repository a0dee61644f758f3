/**
 * The common request in one function: a known visitor's page view, GET of the decide route with a cookie, what the platform
 * observed, and an object that the engine reads by itself. It says what `host.respond` says of the same request, and leaves
 * every other request to it. Between short requests a worker pays for each function that it touches, so this one touches few.
 */

import { readCookieValue } from "./cookies.js";
import { isUnit } from "./encode.js";
import { createKnown } from "./known.js";
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
 * @returns {(request: import("./messages.js").HttpRequest, document?: string | null) => Int32Array | null} the codes of all
 *   decisions, in the engine's own buffer, of a request whose answer has status 200 and the usual headers; null when
 *   `host.respond` is to answer. What it throws, `host.respond` tells of. `document` is what follows `d=` where the query
 *   begins so; the target is not looked at
 */
export function createPageView(tables, decider) {
  const { features, identity, now, units } = tables;
  const { observed, bare, clocks, hash, buffers, featureAt, readDocument, run, unknown } = decider;
  const { a, b } = units.find(({ name }) => name === identity?.unit) ?? UNUSED;
  if (units.some(({ named }) => named !== undefined)) return () => null;
  const sights = observed().map(prepareSight).filter((sight) => sight !== null);
  let knowns = null; // until something is known of a visitor

  /** Begin with what the object gives; tells what that was, or null when only the host can read it. */
  function begin(document, at, vector) {
    if (document !== null) return readDocument === undefined ? null : readDocument(document, at);
    vector.set(bare);
    return NOTHING;
  }

  function putId(id, vector) {
    if (a !== null) vector[a] = hash(id, 0);
    if (b !== null) vector[b] = hash(id, SECOND_SEED);
  }

  /** The visitor's id; null when a new one may have to be drawn and kept. */
  function idOf(request, incoming) {
    const { known } = incoming;
    if (known !== undefined && !known.mayStore) return request.newId();
    return known?.visitor ?? knownId(incoming, identity.cookie);
  }

  /** As for any request, and then what is known over it. */
  function putKnown(known, incoming, given, vector) {
    knowns ??= createKnown(tables, featureAt);
    const restraint = knowns.restraintOf(known.denied);
    putSights(sights, vector, incoming, given, restraint.withheld);
    knowns.put(known, restraint, incoming.request.at, vector);
  }

  function look(request, document = null) {
    if (request.device !== null) return null;
    const { vector, codes } = buffers();
    const given = begin(document, request.at, vector);
    if (given === null) return null;
    const known = request.known ?? unknown;
    const incoming = createIncoming(request, NO_PARAMETERS, known);
    look.namesUnit = given[features.length] === 1;
    if (identity !== null && !look.namesUnit) {
      const id = idOf(request, incoming);
      if (id === null) return null;
      putId(id, vector);
    }
    if (known === undefined) putSights(sights, vector, incoming, given, NOTHING);
    else putKnown(known, incoming, given, vector);
    if (now !== null) vector[now] = request.at;
    for (let i = 0; i < clocks.length; i += 1) clocks[i](vector, request.at);
    run(vector, codes);
    return codes;
  }

  look.namesUnit = false; // of the last request, and told by its object
  return look;
}

/** The visitor's id by the cookie; null when a new one may have to be drawn. */
function knownId(incoming, cookie) {
  const raw = rawCookie(incoming, cookie);
  const id = raw === undefined ? "" : readCookieValue(raw);
  return isUnit(id) ? id : null;
}
