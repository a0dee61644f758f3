/**
 * The gate: what a visitor's signals, where he is, and the merchant's configuration allow. A pure function.
 *
 * Default deny, and the most restrictive signal wins. Each signal states for each purpose: denied, granted, unknown (it
 * was there, and could not be used), or nothing at all. One denial denies; else one grant grants. Where nothing decides,
 * the regime of the place does: opt-in denies; opt-out allows, but only where no signal was there that could not be
 * used. So a signal that is cut, aged or damaged never allows more than the whole one.
 */

import { trimBlanks } from "./ascii.js";
import { readAnyUs, readGpp } from "./consent_gpp.js";
import { readGroups } from "./consent_groups.js";
import { findPlace, placesHoldUntil } from "./consent_places.js";
import { CANADA, EUROPE, readTc } from "./consent_tcf.js";
import { stateTc, stringHoldsUntil } from "./consent_tcf_rules.js";

const TCF_EUROPE = 2;
const TCF_CANADA = 5;
const US_PRIVACY = 6;
const LAST_US = 27;
const LONGEST_HEADER = 4096;

/**
 * @typedef {object} Configuration the gate's tables
 * @property {{name: string, tcf: number[], groups: string[]}[]} purposes what each needs: all of the TCF's purposes, all
 *   of the cookie groups; an empty list: that kind is silent
 * @property {boolean} needs_publisher_segment
 * @property {{[name: string]: import("./consent_places.js").Place}} places
 */

/**
 * @typedef {object} Signals what came with a request; null or undefined for what was absent. An empty text was there,
 *   and is unreadable
 * @property {"erased" | "killed" | null} [stopped] where personalisation has ended for the visitor, or for all
 * @property {string | null} [country]
 * @property {string | null} [region]
 * @property {string | null} [gpc] the header `sec-gpc`, several joined by commas
 * @property {string | null} [gpp]
 * @property {string | null} [tcf]
 * @property {import("./consent_receipts.js").Receipt | null} [receipt] read and verified
 * @property {string | null} [groups]
 */

/**
 * @typedef {object} Ruling how one purpose ends
 * @property {string} purpose
 * @property {"granted" | "denied" | "unknown"} state
 * @property {boolean} allowed whether features that need it are readable
 * @property {string} basis
 */

/**
 * @typedef {object} Outcome
 * @property {string} place whose rule held
 * @property {string} regime
 * @property {Ruling[]} rulings every purpose, in the configuration's order
 */

/**
 * Decide what is allowed at a time; nothing is thrown, whatever the signals hold.
 * @param {Configuration} configuration
 * @param {Signals} signals
 * @param {number} at ms UTC
 * @returns {Outcome}
 */
export function decideConsent(configuration, signals, at) {
  return decideForAWhile(configuration, signals, at).outcome;
}

/**
 * Decide, and tell until when the same signals, the receipt as it was read among them, are sure to end the same.
 * @param {Configuration} configuration
 * @param {Signals} signals
 * @param {number} at ms UTC
 * @returns {{outcome: Outcome, until: number}} ms UTC, and `at` where it is not known
 */
export function decideForAWhile(configuration, signals, at) {
  const name = findPlace(configuration.places, signals.country, signals.region, at);
  const place = configuration.places[name];
  const common = [];
  if (given(signals.stopped)) common.push(state("denied", signals.stopped));
  if (given(signals.gpc) && isOptedOut(signals.gpc)) common.push(state("denied", "gpc"));
  const sections = given(signals.gpp) ? readGpp(signals.gpp) : undefined;
  if (sections === null) common.push(state("denied", "gpp-unreadable"));
  const chosen = sections ? chooseSections(sections, place) : [];
  for (const number of chosen) {
    if (number >= US_PRIVACY && number <= LAST_US) stateUs(readAnyUs(number, sections.get(number)), place.regime, common);
  }
  const isSettled = common.some((one) => one.state === "denied");
  const strings = isSettled ? [] : readStrings(signals.tcf, sections, chosen);
  const groups = given(signals.groups) ? readGroups(signals.groups) : undefined;
  const rulings = configuration.purposes.map((purpose) => {
    const found = [...common];
    for (const { string, layout } of strings) {
      const stated = stateTc(string, purpose.tcf, configuration.needs_publisher_segment, layout, at);
      if (stated !== null) found.push(state(stated[0], stated[1]));
    }
    if (given(signals.receipt)) found.push(stateReceipt(signals.receipt, purpose.name));
    if (groups !== undefined && purpose.groups.length > 0) found.push(stateGroups(groups, purpose.groups));
    return rule(purpose.name, found, place.regime);
  });
  let until = placesHoldUntil(configuration.places, at);
  for (const { string } of strings) if (string !== null) until = Math.min(until, stringHoldsUntil(string, at));
  return { outcome: { place: name, regime: place.regime, rulings }, until };
}

/**
 * Tell whether a header `sec-gpc`, several joined by commas, opts out: any of them is exactly `1`.
 * @param {string} header
 * @returns {boolean}
 */
export function isOptedOut(header) {
  if (header === "1") return true;
  return header
    .slice(0, LONGEST_HEADER)
    .split(",")
    .some((value) => trimBlanks(value) === "1");
}

function given(value) {
  return value !== null && value !== undefined;
}

function state(name, basis) {
  return { state: name, basis };
}

function rule(purpose, found, regime) {
  const decided = found.find((one) => one.state === "denied") ?? found.find((one) => one.state === "granted");
  if (decided !== undefined) return { purpose, ...decided, allowed: decided.state === "granted" };
  if (found.length > 0) return { purpose, state: "unknown", allowed: false, basis: found[0].basis };
  const isOut = regime === "opt_out";
  return { purpose, state: "unknown", allowed: isOut, basis: isOut ? "opt-out" : "opt-in" };
}

function chooseSections(sections, place) {
  return place.sections.map((one) => one.find((number) => sections.has(number))).filter((number) => number !== undefined);
}

/** 1 opts out, and so does 3, which has no meaning; any known child denies. */
function stateUs(section, regime, found) {
  if (section === null) found.push(state("denied", "gpp-unreadable"));
  else if (section.gpc) found.push(state("denied", "gpp-gpc"));
  else if (section.optOuts.some((field) => field === 1 || field === 3)) found.push(state("denied", "gpp-opt-out"));
  else if (section.children.some((field) => field !== 0)) found.push(state("denied", "gpp-child"));
  else if (regime === "opt_out" && section.optOuts.includes(2)) found.push(state("granted", "gpp"));
}

/** The TC strings that count: the cookie's everywhere, the GPP's where the place has its section. */
function readStrings(cookie, sections, chosen) {
  const found = given(cookie) ? [{ string: readTc(cookie, EUROPE), layout: EUROPE }] : [];
  if (chosen.includes(TCF_EUROPE)) found.push({ string: readTc(sections.get(TCF_EUROPE), EUROPE), layout: EUROPE });
  if (chosen.includes(TCF_CANADA)) found.push({ string: readTc(sections.get(TCF_CANADA), CANADA), layout: CANADA });
  return found;
}

function stateReceipt({ granted, refused }, purpose) {
  if (refused !== null) return state("unknown", `receipt-${refused}`);
  return granted.has(purpose) ? state("granted", "receipt") : state("denied", "receipt-without");
}

/** All groups must be agreed to; one that is not in the list leaves the purpose unknown. */
function stateGroups(groups, needed) {
  if (groups === null) return state("denied", "groups-unreadable");
  if (needed.some((name) => groups.get(name) === false)) return state("denied", "groups-denied");
  if (needed.some((name) => !groups.has(name))) return state("unknown", "groups-missing");
  return state("granted", "groups");
}
