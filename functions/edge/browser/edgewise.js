/**
 * The decisions of one registry in a page, made where the visitor is: no request leaves the browser.
 *
 *     import { createEdgewise } from "/edgewise/edgewise.js";
 *     import { observePage } from "/edgewise/page.js";
 *     const edgewise = createEdgewise({ observed: observePage() });
 *     const { home_hero } = edgewise.decide({ units: { visitor_id: "..." } }).decisions;
 */

import { createDecide } from "./decide.js";
import tables from "./page_tables.js";
import { decide as decideCodes } from "./program.js";

/**
 * @typedef {object} Edgewise
 * @property {(request?: object) => object} decide the answer to a request object (docs/reference/host.md); one that asks
 *   for unknown decisions throws an error with a `code`
 * @property {(request?: object) => string} decideText the same as text, byte for byte what every other target answers
 */

/**
 * @param {{observed?: object, clock?: () => number, onError?: (error: unknown) => void}} [options] `observed` holds groups
 *   (geo, device, query, cookies) that fill in where a request has no such entry; `clock` gives ms UTC; `onError` is told
 *   of every exception that became a neutral answer
 * @returns {Edgewise}
 */
export function createEdgewise({ observed = {}, clock = Date.now, onError = console.error } = {}) {
  const decide = createDecide(tables, decideCodes, onError);
  const decideText = (request = {}) => decide(filled(request, observed), clock());
  return { decideText, decide: (request) => JSON.parse(decideText(request)) };
}

/** A copy of the request with each observed group; its own entries win. */
function filled(request, observed) {
  const copy = { ...request };
  for (const name in observed) copy[name] = { ...observed[name], ...request[name] };
  return copy;
}
