/** What may be done with the origin's answer, and what its headers say afterwards. Whatever is in doubt passes as it is. */

import { trimBlanks } from "./ascii.js";

const PRIVATE = "private, no-store";
const MOST_VARY = 2048;
const MOST_DIGITS = 12;
/** Encodings of characters in which ASCII is ASCII, so that references in ASCII can be put in. */
const CHARSETS = ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "latin1"];
/** What caches go by, and what holds for the origin's bytes only. */
const SHARED_CACHES = ["expires", "age", "surrogate-control", "cdn-cache-control", "cloudflare-cdn-cache-control"];
const OF_THE_BYTES = ["content-length", "etag", "last-modified", "accept-ranges", "content-md5", "digest", "content-digest"];
/** What an origin would answer with less than the page. */
export const CONDITIONAL_HEADERS = Object.freeze([
  "if-none-match",
  "if-modified-since",
  "if-match",
  "if-unmodified-since",
]);

/**
 * Find out why an origin's answer must pass as it is.
 * @param {number} status
 * @param {(name: string) => string | null} header
 * @param {number} longest bytes of a page that is edited
 * @param {boolean} isDecoded whether the platform decodes gzip and br by itself
 * @returns {string | null} null when it may be edited
 */
export function editProblem(status, header, longest, isDecoded) {
  if (status !== 200) return "status";
  const type = header("content-type");
  if (type === null || mediaType(type) !== "text/html") return "not-html";
  const charset = charsetOf(type);
  if (charset !== null && !CHARSETS.includes(charset)) return "charset";
  const encoding = trimBlanks(header("content-encoding") ?? "").toLowerCase();
  const isKnown = encoding === "" || encoding === "identity" || (isDecoded && (encoding === "gzip" || encoding === "br"));
  if (!isKnown) return "encoded";
  if (hasDirective(header("cache-control") ?? "", "no-transform")) return "no-transform";
  if (header("content-range") !== null) return "range";
  const length = header("content-length");
  return length !== null && !(isNumber(length) && Number(length) <= longest) ? "too-long" : null;
}

/**
 * Decide what an answer's headers say.
 * @param {object} about
 * @param {"none" | "segment" | "private"} about.cache whether it depends on outcomes, and whether the token holds all of them
 * @param {boolean} about.isEdited whether its bytes are not the origin's any more
 * @param {string | null} about.token
 * @param {string} about.header the segment's
 * @param {string[]} about.vary headers of visitors that the token's outcomes may depend on
 * @param {"keep" | "private"} about.downstream
 * @param {(name: string) => string | null} header of the origin's answer
 * @returns {[string, string | null][]} headers to set, or with null to take away
 */
export function answerHeaders({ cache, isEdited, token, header: segment, vary, downstream }, header) {
  const changes = isEdited ? OF_THE_BYTES.map((name) => [name, null]) : [];
  if (cache === "none") return changes;
  if (cache === "private") {
    changes.push(["cache-control", PRIVATE]);
    for (const name of SHARED_CACHES) changes.push([name, null]);
    return changes;
  }
  changes.push(["vary", mergeVary(header("vary"), [segment, ...vary])], [segment, token]);
  if (downstream === "private") {
    changes.push(["cache-control", withoutSharing(header("cache-control") ?? "")]);
    for (const name of SHARED_CACHES.slice(2)) changes.push([name, null]);
  }
  return changes;
}

/**
 * Add names to a header `vary`, each once.
 * @param {string | null} text
 * @param {string[]} names lower case
 * @returns {string}
 */
export function mergeVary(text, names) {
  const listed = (text ?? "").slice(0, MOST_VARY).split(",").map(trimBlanks);
  if (listed.includes("*") || (text ?? "").length > MOST_VARY) return "*";
  const known = listed.filter((one) => one !== "");
  const held = known.map((one) => one.toLowerCase());
  return [...known, ...names.filter((name, at) => !held.includes(name) && names.indexOf(name) === at)].join(", ");
}

/** The directives with `private`, and without those for caches that visitors share. */
function withoutSharing(text) {
  const directives = text.split(",").map(trimBlanks);
  const kept = directives.filter((one) => {
    const name = one.split("=", 1)[0].toLowerCase();
    return name !== "" && name !== "public" && name !== "private" && name !== "s-maxage";
  });
  return ["private", ...kept].join(", ");
}

function isNumber(text) {
  if (text.length < 1 || text.length > MOST_DIGITS) return false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 48 || unit > 57) return false;
  }
  return true;
}

function hasDirective(text, name) {
  return text.split(",").some((one) => trimBlanks(one).toLowerCase() === name);
}

function mediaType(text) {
  return trimBlanks(text.split(";", 1)[0]).toLowerCase();
}

function charsetOf(text) {
  for (const parameter of text.split(";").slice(1)) {
    const equals = parameter.indexOf("=");
    if (equals < 0 || trimBlanks(parameter.slice(0, equals)).toLowerCase() !== "charset") continue;
    const value = trimBlanks(parameter.slice(equals + 1)).toLowerCase();
    return value.startsWith('"') && value.endsWith('"') && value.length >= 2 ? value.slice(1, -1) : value;
  }
  return null;
}
