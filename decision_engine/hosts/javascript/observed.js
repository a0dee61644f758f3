/** What the platform saw of a request: geo, device, headers, cookies, query; read only when a feature asks. */

import { isPrintable } from "./ascii.js";
import { findCookie, parseCookies, readCookieValue } from "./cookies.js";
import { own } from "./objects.js";
import { mobileHint, platformHint } from "./visitor_hints.js";

const LONGEST_HEADER = 4096;

/**
 * @typedef {object} Incoming what one request brings besides the object it carries
 * @property {import("./messages.js").HttpRequest} request
 * @property {Map<string, string>} parameters of the query, but `d`
 * @property {string | null} cookieHeader null until it is read
 * @property {Map<string, string> | null} cookies null until the header is parsed
 * @property {import("./messages.js").Known | undefined} known
 */

/**
 * Begin to observe a request.
 * @param {import("./messages.js").HttpRequest} request
 * @param {Map<string, string>} parameters
 * @param {import("./messages.js").Known} [known]
 * @returns {Incoming}
 */
export function createIncoming(request, parameters, known = request.known) {
  return { request, parameters, cookieHeader: null, cookies: null, known };
}

/**
 * Read an observed value.
 * @param {Incoming} incoming
 * @param {string} group one of geo, device, language, local, headers, cookies and query
 * @param {string} key
 * @returns {unknown} undefined when nothing was observed
 */
export function observe(incoming, group, key) {
  switch (group) {
    case "geo":
      return own(incoming.request.geo, key);
    case "device":
      return own(incoming.request.device, key) ?? deviceHint(incoming, key);
    case "headers":
      return observeHeader(incoming, key);
    case "cookies":
      return observeCookie(incoming, key);
    case "language":
    case "local":
      return undefined; // what is seen of them, visitor_features.js reads
    default:
      return incoming.parameters.get(key);
  }
}

/**
 * Read a cookie's value.
 * @param {Incoming} incoming
 * @param {string} name
 * @returns {string | undefined}
 */
export function observeCookie(incoming, name) {
  const raw = rawCookie(incoming, name);
  return raw === undefined ? undefined : readCookieValue(raw);
}

/**
 * Find the text that stands for a cookie's value.
 * @param {Incoming} incoming
 * @param {string} name
 * @returns {string | undefined}
 */
export function rawCookie(incoming, name) {
  if (incoming.cookies !== null) return incoming.cookies.get(name);
  incoming.cookieHeader ??= incoming.request.header("cookie") ?? "";
  const found = findCookie(incoming.cookieHeader, name);
  if (found !== null) return found;
  incoming.cookies = parseCookies(incoming.cookieHeader);
  return incoming.cookies.get(name);
}

function observeHeader(incoming, name) {
  return shownHeader(incoming.request.header(name) ?? undefined);
}

/** A header's value where it can be one: printable, and not too long. */
export function shownHeader(value) {
  return value !== undefined && value.length <= LONGEST_HEADER && isPrintable(value) ? value : undefined;
}

function deviceHint(incoming, key) {
  if (key === "mobile") return mobileHint(incoming.request.header("sec-ch-ua-mobile"));
  if (key === "platform") return platformHint(observeHeader(incoming, "sec-ch-ua-platform"));
  return undefined;
}
