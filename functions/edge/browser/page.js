/** What a page shows of its visitor: the groups `device`, `query` and `cookies` of a request. */

import { parseCookies, readCookieValue } from "./cookies.js";
import { deviceOf } from "./device.js";
import { parseQuery } from "./query.js";

/**
 * @returns {object} cookies that are HttpOnly are no page's to see, the edge's own among them
 */
export function observePage() {
  const cookies = [...parseCookies(document.cookie)].map(([name, raw]) => [name, readCookieValue(raw)]);
  return {
    device: deviceOf(navigator),
    query: Object.fromEntries(parseQuery(location.search.slice(1)).parameters),
    cookies: Object.fromEntries(cookies.filter(([, value]) => value !== undefined)),
  };
}
