/**
 * What a TC string says of a purpose: which strings count at all, and which of their bits.
 *
 * Source: IAB Europe, Transparency & Consent Framework Policies; only consent counts, legitimate interest never does.
 */

import { EUROPE, consentsTo, hasPurpose } from "./consent_tcf.js";

/** 2023-09-30: strings created after that must be of policy version 4 or later. */
const POLICY_4_SINCE = 1696032000000;
/** 2026-02-28: strings created after that must have the segment DisclosedVendors. */
const DISCLOSED_SINCE = 1772236800000;
const MOST_MONTHS = 13;
const POLICY = 4;
const DAY = 86400000;
/** 13 months are between 394 and 397 days; a day on either side is for the hours. */
const LEAST_AGE = 393 * DAY;
const MOST_AGE = 398 * DAY;
const LAST_DATE = 253402300799999;

/**
 * State what a string says of a purpose.
 * @param {import("./consent_tcf.js").TcString | null} string null for one that is unreadable
 * @param {number[]} purposes those that must all be consented to; none: the string says nothing of it
 * @param {boolean} needsPublisherSegment
 * @param {import("./consent_tcf.js").Layout} layout
 * @param {number} at ms UTC
 * @returns {[state: string, basis: string] | null} null when the string says nothing of the purpose
 */
export function stateTc(string, purposes, needsPublisherSegment, layout, at) {
  if (purposes.length === 0) return null;
  if (string === null) return ["denied", "tcf-unreadable"];
  const { created } = string;
  const isEurope = layout === EUROPE;
  if (isEurope && created > DISCLOSED_SINCE && !string.disclosesVendors) return ["denied", "tcf-no-disclosed-vendors"];
  if (purposes.some((purpose) => hasPurpose(string.restricted, purpose))) return ["denied", "tcf-restricted"];
  if (created > at + DAY) return ["unknown", "tcf-from-the-future"];
  if (isOlder(created, at)) return ["unknown", "tcf-too-old"];
  if (isEurope && created > POLICY_4_SINCE && string.policy < POLICY) return ["unknown", "tcf-old-policy"];
  if (!purposes.every((purpose) => consentsTo(string, purpose))) return ["denied", "tcf-denied"];
  if (needsPublisherSegment && string.publisher === null) return ["unknown", "tcf-no-publisher-segment"];
  return ["granted", "tcf"];
}

/**
 * Tell whether more than 13 months of the calendar lie between two times.
 * @param {number} created ms UTC
 * @param {number} at ms UTC
 * @returns {boolean}
 */
export function isOlder(created, at) {
  if (at > LAST_DATE) return true;
  const from = new Date(created);
  const to = new Date(at);
  const months = 12 * (to.getUTCFullYear() - from.getUTCFullYear()) + to.getUTCMonth() - from.getUTCMonth();
  return months > MOST_MONTHS || (months === MOST_MONTHS && ofMonth(to) > ofMonth(from));
}

/**
 * Tell until when a string is sure to count as it does: until it is no more from the future, then for 13 of the shortest
 * months. Between those and 13 of the longest ones the calendar decides.
 * @param {import("./consent_tcf.js").TcString} string
 * @param {number} at ms UTC
 * @returns {number} ms UTC; `at` where only the calendar knows
 */
export function stringHoldsUntil({ created }, at) {
  for (const change of [created - DAY, created + LEAST_AGE]) {
    if (at < change) return change;
  }
  return at < created + MOST_AGE ? at : LAST_DATE;
}

/** Ms since the first of the month. */
function ofMonth(date) {
  return date.getTime() - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}
