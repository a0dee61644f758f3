/**
 * Fields into pages: escaped for the place where they stand. What comes out is ASCII, so that it is right in any encoding
 * that a page may have. A field that cannot stand at a place gives null, and then the page stays as it is.
 */

const LONGEST_FIELD = 16_384;
const LONGEST_URL = 2048;
const HTTPS = "https://";
const OWN_PATHS = ["/.edgewise/", "/ofrep/"];
const REPLACEMENT = "&#65533;";

/**
 * Escape text for an element's content.
 * @param {string} text
 * @returns {string | null} null when it is too long
 */
export function escapeText(text) {
  return escapeHtml(text);
}

/**
 * Escape text for an attribute's value in quotes.
 * @param {string} text
 * @returns {string | null} null when it is too long
 */
export function escapeAttribute(text) {
  return escapeHtml(text);
}

/**
 * Escape JSON text for an element `script`.
 * @param {string} json
 * @returns {string} JSON text of the same value, in ASCII and without `<`, `>` and `&`
 */
export function escapeScript(json) {
  let safe = "";
  let start = 0;
  for (let i = 0; i < json.length; i += 1) {
    const unit = json.charCodeAt(i);
    if (unit < 0x7f && unit !== 0x3c && unit !== 0x3e && unit !== 0x26) continue;
    safe += `${json.slice(start, i)}\\u${unit.toString(16).padStart(4, "0")}`;
    start = i + 1;
  }
  return safe + json.slice(start);
}

/**
 * Percent-encode text as a part of an address.
 * @param {string} text
 * @returns {string | null} null when it is too long, ends a path early, or is not well formed
 */
export function encodePart(text) {
  if (text.length > LONGEST_URL || text === "" || text === "." || text === "..") return null;
  let safe = "";
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (isUnreserved(unit)) {
      safe += text[i];
      continue;
    }
    const point = text.codePointAt(i);
    if (point >= 0xd800 && point <= 0xdfff) return null;
    safe += encodeURIComponent(String.fromCodePoint(point)).replaceAll("'", "%27").replaceAll("!", "%21");
    safe = safe.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll("*", "%2A");
    if (point > 0xffff) i += 1;
  }
  return safe;
}

/**
 * Tell whether a text is an address that may stand in a page: `https://HOST...`, or a path of the site.
 * @param {string} text
 * @returns {boolean}
 */
export function isSafeUrl(text) {
  if (!isWritten(text)) return false;
  if (!text.startsWith(HTTPS)) return text.startsWith("/") && text[1] !== "/";
  let end = HTTPS.length;
  while (end < text.length && isHostUnit(text.charCodeAt(end))) end += 1;
  if (end === HTTPS.length) return false;
  return end === text.length || text[end] === "/" || text[end] === "?" || text[end] === "#";
}

/**
 * Tell whether a text is a path of the site that a visitor may be sent to, with or without a query.
 * @param {string} text
 * @returns {boolean}
 */
export function isSitePath(text) {
  if (!isWritten(text) || !text.startsWith("/") || text[1] === "/" || text.includes("#")) return false;
  const mark = text.indexOf("?");
  const path = (mark < 0 ? text : text.slice(0, mark)).toLowerCase().replaceAll("%2e", ".");
  if (path.includes("/./") || path.includes("/../") || path.endsWith("/.") || path.endsWith("/..")) return false;
  const whole = `${path}/`;
  return !OWN_PATHS.some((own) => whole.startsWith(own));
}

/** Text, and values in double quotes: what either could end, and all that is not ASCII, as references. */
function escapeHtml(text) {
  if (text.length > LONGEST_FIELD) return null;
  let safe = "";
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (isPlain(unit)) continue;
    const point = text.codePointAt(i);
    safe += text.slice(start, i) + referenceOf(point);
    if (point > 0xffff) i += 1;
    start = i + 1;
  }
  return safe + text.slice(start);
}

/** Line feeds and tabs are plain; other control characters, and halves of pairs, are shown as replaced. */
function referenceOf(point) {
  const isControl = point < 0x20 || (point >= 0x7f && point <= 0x9f);
  return isControl || (point >= 0xd800 && point <= 0xdfff) ? REPLACEMENT : `&#${point};`;
}

function isPlain(unit) {
  if (unit >= 0x7f || (unit < 0x20 && unit !== 0x09 && unit !== 0x0a)) return false;
  return unit !== 0x22 && unit !== 0x26 && unit !== 0x27 && unit !== 0x3c && unit !== 0x3e && unit !== 0x60;
}

function isUnreserved(unit) {
  const isLetter = (unit | 32) >= 97 && (unit | 32) <= 122;
  return isLetter || (unit >= 48 && unit <= 57) || unit === 45 || unit === 46 || unit === 95 || unit === 126;
}

function isHostUnit(unit) {
  return isUnreserved(unit) ? unit !== 95 && unit !== 126 : unit === 58;
}

/** Printable ASCII that no attribute, no header and no browser takes for something else. */
function isWritten(text) {
  if (text.length < 1 || text.length > LONGEST_URL) return false;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x21 || unit > 0x7e) return false;
    if (unit === 0x22 || unit === 0x3c || unit === 0x3e || unit === 0x5c || unit === 0x5e || unit === 0x60) return false;
    if (unit >= 0x7b && unit <= 0x7d) return false;
  }
  return true;
}
