/**
 * Reads TC strings of the IAB's Transparency and Consent Framework: version 2 of Europe, version 1 of Canada.
 *
 * Source: IAB Tech Lab, "Transparency and Consent String with Global Vendor & CMP List Formats", version 2.3, and "GPP
 * Extension: IAB TCF Canada". A string is walked to its end, so that a cut or shifted one is found; of what it holds
 * only the fields of `TcString` are kept. Lists of vendors are passed over: nobody here is a vendor.
 */

import { isComplete, isReadable, openBits, readBits, skipBits } from "./consent_bits.js";

const PURPOSES = 24;
const DISCLOSED = 1;
const ALLOWED = 2;
const PUBLISHER = 3;
const MOST_OTHERS = 3;
const NOT_ALLOWED = 0;
const POLICY_AT = 132;

/**
 * @typedef {object} Layout where the core segment has what is read, in bits
 * @property {number} version
 * @property {number} purposes
 * @property {number} vendors
 * @property {boolean} ends whether only zeros may follow the restrictions; Canada's drafts had other things there
 */

/** @type {Layout} */
export const EUROPE = { version: 2, purposes: 152, vendors: 213, ends: true };
/** @type {Layout} */
export const CANADA = { version: 1, purposes: 151, vendors: 199, ends: false };

/**
 * @typedef {object} TcString what a string says; purpose p is bit 24 - p of a mask, and masks have consent only
 * @property {number} created ms UTC
 * @property {number} updated ms UTC
 * @property {number} policy
 * @property {number} purposes
 * @property {number} restricted the purposes that the publisher rules out (restriction type 0)
 * @property {boolean} disclosesVendors
 * @property {number | null} publisher the mask of the PublisherTC segment
 */

/**
 * Read a TC string.
 * @param {string} text
 * @param {Layout} layout
 * @returns {TcString | null} null when any part of it cannot be read
 */
export function readTc(text, layout = EUROPE) {
  if (!isReadable(text)) return null;
  const segments = text.split(".", MOST_OTHERS + 2);
  const found = readCore(segments[0], layout);
  if (found === null || segments.length > MOST_OTHERS + 1) return null;
  let seen = 0;
  for (let i = 1; i < segments.length; i += 1) {
    const bits = openBits(segments[i]);
    if (bits === null) return null;
    const kind = readBits(bits, 3);
    if ((seen & (1 << kind)) !== 0 || !readSegment(kind, bits, found) || !isComplete(bits)) return null;
    seen |= 1 << kind;
  }
  found.disclosesVendors = (seen & (1 << DISCLOSED)) !== 0;
  return found;
}

/**
 * Tell whether a string consents to a purpose: the publisher's own bit where there is one, else the vendors'.
 * @param {TcString} string
 * @param {number} purpose
 * @returns {boolean}
 */
export function consentsTo(string, purpose) {
  return hasPurpose(string.publisher ?? string.purposes, purpose);
}

/**
 * Tell whether a mask has a purpose.
 * @param {number} mask
 * @param {number} purpose
 * @returns {boolean}
 */
export function hasPurpose(mask, purpose) {
  return ((mask >> (PURPOSES - purpose)) & 1) === 1;
}

function readCore(text, layout) {
  const bits = openBits(text);
  if (bits === null || readBits(bits, 6) !== layout.version) return null;
  const created = 100 * readBits(bits, 36);
  const updated = 100 * readBits(bits, 36);
  bits.at = POLICY_AT;
  const policy = readBits(bits, 6);
  bits.at = layout.purposes;
  const purposes = readBits(bits, PURPOSES);
  bits.at = layout.vendors;
  passVendors(bits);
  passVendors(bits);
  const restricted = readRestrictions(bits);
  if (bits.isShort || (layout.ends && !isComplete(bits))) return null;
  return { created, updated, policy, purposes, restricted, disclosesVendors: false, publisher: null };
}

function readSegment(kind, bits, found) {
  if (kind === PUBLISHER) {
    found.publisher = readBits(bits, PURPOSES);
    skipBits(bits, PURPOSES);
    skipBits(bits, 2 * readBits(bits, 6)); // custom purposes: consent and legitimate interest
    return true;
  }
  if (kind !== DISCLOSED && kind !== ALLOWED) return false;
  passVendors(bits);
  return true;
}

/** A bit for each vendor up to the highest, or ranges. */
function passVendors(bits) {
  const highest = readBits(bits, 16);
  if (readBits(bits, 1) === 1) passRanges(bits);
  else skipBits(bits, highest);
}

/** At most as many as the text has room for: what is not there ends the loop. */
function passRanges(bits) {
  const count = readBits(bits, 12);
  for (let i = 0; i < count; i += 1) {
    const isRange = readBits(bits, 1) === 1;
    const first = readBits(bits, 16);
    if (bits.isShort || (isRange && readBits(bits, 16) < first)) {
      bits.isShort = true;
      return;
    }
  }
}

function readRestrictions(bits) {
  let restricted = 0;
  const count = readBits(bits, 12);
  for (let i = 0; i < count && !bits.isShort; i += 1) {
    const purpose = readBits(bits, 6);
    const kind = readBits(bits, 2);
    if (kind === NOT_ALLOWED && purpose >= 1 && purpose <= PURPOSES) restricted |= 1 << (PURPOSES - purpose);
    passRanges(bits);
  }
  return restricted;
}
