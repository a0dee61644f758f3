/**
 * The gate as a stage of the service: finds a visitor's signals, verifies his receipt, and remembers what the same signals
 * came to, so that a visitor who comes again costs little. What is remembered is bounded, and exact: an outcome is kept no
 * longer than it is sure to stay the same.
 */

import { decideForAWhile } from "./consent_gate.js";
import { openReceipt, receiptAt } from "./consent_receipts.js";
import { createQuickCache } from "./profile_cache.js";

const MOST_PLACES = 8; // of one visitor, with other headers among them
const LONGEST_KEY = 256;
const MOST_RECEIPTS = 2000;
const LONGEST_RECEIPT = 1024;
const HMAC = { name: "HMAC", hash: "SHA-256" };
const STORAGE = "storage";
const NO_SIGNAL = "\u0000";

/**
 * @typedef {object} Allowed the gate's outcome for a request
 * @property {import("./consent_gate.js").Outcome} outcome
 * @property {string[]} denied purposes; the same list for the same purposes
 * @property {boolean} mayStore
 */

/**
 * @typedef {object} Seen what the platform saw of a request
 * @property {object | null | undefined} geo
 * @property {import("./service_cookies.js").Jar} jar the cookies
 * @property {string | null | undefined} gpc the header `sec-gpc`
 */

/**
 * @typedef {object} Standing what is known of a visitor's withdrawals
 * @property {"erased" | "killed" | null} stopped
 * @property {number} epoch the least consent epoch that counts
 */

/**
 * @typedef {object} Gate
 * @property {(seen: Seen, pseudonym: string | null, standing: Standing, at: number) => Allowed | Promise<Allowed>} rule
 *   nothing is thrown; a promise where a receipt is to be verified first. `pseudonym` is null when there is none
 * @property {(jar: import("./service_cookies.js").Jar) => boolean} bringsReceipt whether the visitor's pseudonym is needed
 * @property {Allowed} nothing what holds when the gate itself fails: nothing is allowed
 * @property {{[name: string]: number}} counters
 */

/**
 * Prepare the gate.
 * @param {import("./consent_requests.js").GateTable} table
 * @param {Map<string, Uint8Array>} secrets of the keys that may sign receipts, by their ids
 * @returns {Gate}
 */
export function createGate({ configuration, cookies }, secrets) {
  const receipts = createQuickCache(MOST_RECEIPTS);
  const lists = new Map(); // of denied purposes: as many as there are sets of purposes that visitors deny
  const counters = { decided: 0, remembered: 0, verified: 0, failed: 0 };
  let keys = null;

  function rule(seen, pseudonym, standing, at) {
    const text = seen.jar.signals.get(cookies.receipt);
    if (text === undefined) return decide(seen, null, standing.stopped, at);
    const key = `${pseudonym}\n${text}`;
    const opened = receipts.take(key);
    if (opened === undefined) return ruleLater(seen, { text, key, pseudonym }, standing, at);
    return decide(seen, receiptAt(opened, standing.epoch, at), standing.stopped, at);
  }

  async function ruleLater(seen, { text, key, pseudonym }, { stopped, epoch }, at) {
    if (pseudonym !== null && keys === null) keys = await importKeys(secrets); // no request waits for another's promise
    const opened = await openReceipt(text, pseudonym === null ? new Map() : keys, pseudonym);
    counters.verified += 1;
    if (text.length <= LONGEST_RECEIPT) receipts.put(key, opened);
    return decide(seen, receiptAt(opened, epoch, at), stopped, at);
  }

  /** What the same cookies came to stands with them, by what else counts. */
  function decide({ geo, jar, gpc }, receipt, stopped, at) {
    const country = placeOf(geo, "country");
    const region = placeOf(geo, "region_code") || placeOf(geo, "region");
    const key = `${country}\n${region}\n${shown(stopped)}\n${shown(gpc)}\n${shownReceipt(receipt)}`;
    const known = jar.rulings === null ? undefined : jar.rulings.get(key);
    if (known !== undefined && at >= known.from && at < known.until) {
      counters.remembered += 1;
      return known.allowed;
    }
    counters.decided += 1;
    const { signals } = jar;
    const [gpp, tcf] = [signals.get(cookies.gpp), signals.get(cookies.tcf)];
    const groups = cookies.groups === null ? undefined : signals.get(cookies.groups);
    const all = { stopped, country, region, gpc, gpp, tcf, receipt, groups };
    const { outcome, until } = decideForAWhile(configuration, all, at);
    const allowed = allowedBy(outcome);
    if (until > at) remember(jar, key, { allowed, from: at, until });
    return allowed;
  }

  function allowedBy(outcome) {
    let mask = "";
    for (const { allowed } of outcome.rulings) mask += allowed ? "1" : "0";
    let shared = lists.get(mask);
    if (shared === undefined) {
      const denied = outcome.rulings.filter((one) => !one.allowed).map(({ purpose }) => purpose);
      shared = { denied, mayStore: !denied.includes(STORAGE) };
      lists.set(mask, shared);
    }
    return { outcome, denied: shared.denied, mayStore: shared.mayStore };
  }

  const rulings = configuration.purposes.map(({ name }) => ({ purpose: name, state: "unknown", allowed: false, basis: "failed" }));
  const nothing = allowedBy({ place: "unknown", regime: "opt_in", rulings });
  return { rule, bringsReceipt: ({ signals }) => signals.has(cookies.receipt), nothing, counters };
}

/** Few places, and no long header, for each visitor. */
function remember(jar, key, ruling) {
  if (key.length > LONGEST_KEY) return;
  if (jar.rulings === null || jar.rulings.size >= MOST_PLACES) jar.rulings = new Map();
  jar.rulings.set(key, ruling);
}

async function importKeys(secrets) {
  const keys = new Map();
  for (const [id, secret] of secrets) {
    keys.set(id, await crypto.subtle.importKey("raw", secret, HMAC, false, ["verify"]));
  }
  return keys;
}

function placeOf(geo, key) {
  const value = geo !== null && geo !== undefined && Object.hasOwn(geo, key) ? geo[key] : undefined;
  return typeof value === "string" ? value : "";
}

/** Line feeds stand in no signal: cookies are printable, and headers have none. */
function shown(text) {
  return text === null || text === undefined ? NO_SIGNAL : text;
}

function shownReceipt(receipt) {
  if (receipt === null) return NO_SIGNAL;
  return receipt.refused === null ? [...receipt.granted].join("+") : `!${receipt.refused}`;
}
