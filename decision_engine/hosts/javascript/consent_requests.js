/**
 * The gate at a request: finds the signals in it, and tells the encoder which purposes are denied.
 *
 * What the gate reads must be what the platform saw: a visitor can write anything into the object that he sends.
 */

import { isPrintable, trimBlanks } from "./ascii.js";
import { decideConsent } from "./consent_gate.js";
import { ownObject } from "./objects.js";
import { decodePercent } from "./query.js";

const LONGEST = 8192;
const MOST_PAIRS = 256;
/** What stands for a signal that was there and cannot be read. */
const UNREADABLE = "";

/**
 * @typedef {object} GateTable the gate in the tables of an artefact
 * @property {import("./consent_gate.js").Configuration} configuration
 * @property {{tcf: string, gpp: string, receipt: string, groups: string | null}} cookies names of the cookies that
 *   signals come in
 * @property {string} gpc the text of the site's own statement that it abides by Global Privacy Control
 */

/**
 * Decide what a request allows.
 * @param {GateTable} table
 * @param {{geo: object, cookie?: string | null, gpc?: string | null}} seen what the platform saw: geo, and the headers
 *   `cookie` and `sec-gpc`; a header's lines are joined by commas
 * @param {number} at ms UTC
 * @param {{receipt?: import("./consent_receipts.js").Receipt | null, stopped?: string | null}} [known] the receipt of the
 *   receipt cookie, verified by who has the keys; whether personalisation has ended
 * @returns {ReturnType<typeof decideConsent>}
 */
export function gateRequest({ configuration, cookies }, { geo, cookie, gpc }, at, { receipt, stopped } = {}) {
  const names = [cookies.tcf, cookies.gpp, cookies.groups].filter((name) => name !== null);
  const found = findCookies(cookie ?? "", names);
  const signals = {
    stopped,
    country: textOf(geo, "country"),
    region: textOf(geo, "region_code") || textOf(geo, "region"),
    gpc,
    gpp: found.get(cookies.gpp),
    tcf: found.get(cookies.tcf),
    receipt,
    groups: found.get(cookies.groups),
  };
  return decideConsent(configuration, signals, at);
}

/**
 * Put an outcome's denials beside a request's own.
 * @param {object} request
 * @param {ReturnType<typeof decideConsent>} outcome
 * @returns {object} the request object
 */
export function withDenied(request, { rulings }) {
  const consent = ownObject(request, "consent");
  const own = consent !== undefined && Object.hasOwn(consent, "denied") ? consent.denied : undefined;
  const denied = rulings.filter(({ allowed }) => !allowed).map(({ purpose }) => purpose);
  return { ...request, consent: { ...consent, denied: Array.isArray(own) ? [...own, ...denied] : denied } };
}

/**
 * Find cookies: the first of each name, empty where it is not printable ASCII. In a header that is too long or has too many
 * pairs to be read whole, one that was not found may still be in the rest: it counts as unreadable.
 * @param {string} header
 * @param {string[]} names
 * @returns {Map<string, string>}
 */
export function findCookies(header, names) {
  const pairs = header.slice(0, LONGEST).split(";", MOST_PAIRS + 1);
  const isCut = header.length > LONGEST || pairs.length > MOST_PAIRS;
  if (isCut) pairs.pop();
  const found = new Map();
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? "" : trimBlanks(pair.slice(0, equals));
    if (names.includes(name) && !found.has(name)) found.set(name, valueOf(trimBlanks(pair.slice(equals + 1))));
  }
  if (isCut) for (const name of names) if (!found.has(name)) found.set(name, UNREADABLE);
  return found;
}

function valueOf(raw) {
  const text = raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : raw;
  return isPrintable(text) ? (decodePercent(text) ?? UNREADABLE) : UNREADABLE;
}

function textOf(geo, key) {
  const value = Object.hasOwn(geo, key) ? geo[key] : undefined;
  return typeof value === "string" ? value : null;
}
