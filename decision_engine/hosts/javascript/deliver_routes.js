/** Redirects and rewrites within the site, by the outcomes of decisions that the policy names. */

import { isPrintable } from "./ascii.js";
import { isSitePath } from "./deliver_escape.js";
import { fieldAt } from "./deliver_slots.js";

const LONGEST_QUERY = 2048;

/**
 * @typedef {object} RouteTable
 * @property {number} decision its number
 * @property {string[]} paths exact ones, or such that end in `/*`
 * @property {"redirect" | "rewrite"} kind
 * @property {string[]} path of the payload's field
 * @property {number} status of a redirect
 */

/**
 * @typedef {object} Way
 * @property {number[]} used the decisions that were asked
 * @property {{status: number, location: string} | null} redirect
 * @property {string | null} rewrite the target to ask the origin for, with its query
 */

/**
 * Find where a request goes: the first route of its path whose outcome says so. A redirect never leads to a path where one
 * begins, so that nobody goes in circles; a rewrite is not looked at again.
 * @param {RouteTable[]} routes
 * @param {string} target path and query
 * @param {(decision: number) => import("./deliver_slots.js").Shown} shownOf
 * @returns {Way}
 */
export function findWay(routes, target, shownOf) {
  const way = { used: [], redirect: null, rewrite: null };
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? "" : target.slice(mark + 1);
  for (const { decision, paths, kind, path: field, status } of routes) {
    if (!matchesAny(paths, path)) continue;
    way.used.push(decision);
    const { payload, items } = shownOf(decision);
    if (items !== null && items.length === 0) continue;
    const found = fieldAt(JSON.parse(items === null ? payload : items[0].payload), field);
    if (typeof found !== "string" || !isSitePath(found)) continue;
    const end = found.indexOf("?");
    const to = end < 0 ? found : found.slice(0, end);
    if (to === path || (kind === "redirect" && beginsRedirect(routes, to))) continue;
    const sent = isCarried(query) ? `${found}${end < 0 ? "?" : "&"}${query}` : found;
    if (kind === "redirect") way.redirect = { status, location: sent };
    else way.rewrite = sent;
    break;
  }
  return way;
}

function beginsRedirect(routes, path) {
  return routes.some(({ kind, paths }) => kind === "redirect" && matchesAny(paths, path));
}

/** A query goes along where it can stand in a header. */
function isCarried(query) {
  return query !== "" && query.length <= LONGEST_QUERY && isPrintable(query) && !query.includes(" ");
}

/**
 * Tell whether a path is one of some patterns.
 * @param {string[]} patterns
 * @param {string} path
 * @returns {boolean}
 */
export function matchesAny(patterns, path) {
  for (const pattern of patterns) {
    if (pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern) return true;
  }
  return false;
}
