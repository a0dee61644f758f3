/**
 * The cookies that the stages read, found once a request, and once for all requests that bring the same header: a visitor
 * mostly sends the same one with each page. What is remembered is bounded in number and in length.
 */

import { findCookies } from "./consent_requests.js";
import { readCookieValue } from "./cookies.js";
import { createIncoming, rawCookie } from "./observed.js";
import { createQuickCache, ownCopy } from "./profile_cache.js";

const MOST_HEADERS = 4000;
const LONGEST_HEADER = 2048;
const NO_NAMES = [];
const NO_PARAMETERS = new Map();

/**
 * @typedef {object} Jar what one header holds
 * @property {Map<string, string>} signals those of the gate: see consent_requests.js
 * @property {Map<string, object> | null} rulings what the gate made of them, which it keeps here
 * @property {(name: string) => string | null} value of a cookie as the host reads it; null when it is absent
 */

/**
 * Prepare the reading of cookie headers.
 * @param {(string | null)[]} names the cookies with signals of consent
 * @returns {(header: string) => Jar}
 */
export function createJars(names) {
  const wanted = names.filter((name) => name !== null);
  const jars = createQuickCache(MOST_HEADERS);

  return (header) => {
    if (header.length > LONGEST_HEADER) return new HeaderJar(header, wanted);
    let jar = jars.take(header);
    if (jar === undefined) {
      const own = ownCopy(header);
      jar = new HeaderJar(own, wanted);
      jars.put(own, jar);
    }
    return jar;
  };
}

/** The names of the cookies with signals in a gate's table. */
export function signalNames(gate) {
  if (gate === null || gate === undefined) return NO_NAMES;
  const { tcf, gpp, receipt, groups } = gate.cookies;
  return [tcf, gpp, receipt, groups];
}

class HeaderJar {
  constructor(header, wanted) {
    this.signals = findCookies(header, wanted);
    this.rulings = null;
    this.incoming = createIncoming({ header: () => header }, NO_PARAMETERS, undefined);
    this.values = new Map();
  }

  value(name) {
    let value = this.values.get(name);
    if (value === undefined) {
      const raw = rawCookie(this.incoming, name);
      value = raw === undefined ? null : (readCookieValue(raw) ?? null);
      this.values.set(name, value);
    }
    return value;
  }
}
