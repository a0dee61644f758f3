/** Semantic Versioning 2.0.0: reading versions, and their precedence. Build metadata is checked, then dropped. */

const LONGEST = 256;

/**
 * @typedef {object} Version
 * @property {string[]} core major, minor and patch as decimal digits, of any length
 * @property {string[]} prerelease identifiers; none for a release
 */

/**
 * Read a version.
 * @param {string} text
 * @returns {Version | undefined}
 */
export function parseVersion(text) {
  if (text.length > LONGEST) return undefined;
  const plus = text.indexOf("+");
  const bare = plus < 0 ? text : text.slice(0, plus);
  const dash = bare.indexOf("-");
  const core = (dash < 0 ? bare : bare.slice(0, dash)).split(".");
  const prerelease = dash < 0 ? [] : bare.slice(dash + 1).split(".");
  if (core.length !== 3 || !core.every(isNumeric)) return undefined;
  if (!prerelease.every((part) => isNumeric(part) || (isIdentifier(part) && !isDigits(part)))) return undefined;
  if (plus >= 0 && !text.slice(plus + 1).split(".").every(isIdentifier)) return undefined;
  return { core, prerelease };
}

/**
 * Compare by precedence.
 * @param {Version} a
 * @param {Version} b
 * @returns {number} negative, zero or positive
 */
export function compareVersions(a, b) {
  for (let i = 0; i < 3; i += 1) {
    const order = compareNumeric(a.core[i], b.core[i]);
    if (order !== 0) return order;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  return comparePrereleases(a.prerelease, b.prerelease);
}

/**
 * The place of a version among `versions`, sorted ascending: 2i+1 if equal to number i, else 2i; i of them are lower.
 * @param {Version} version
 * @param {Version[]} versions
 * @returns {number}
 */
export function rankVersion(version, versions) {
  let low = 0;
  let high = versions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareVersions(versions[middle], version) < 0) low = middle + 1;
    else high = middle;
  }
  return low < versions.length && compareVersions(versions[low], version) === 0 ? 2 * low + 1 : 2 * low;
}

function comparePrereleases(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const order = compareIdentifiers(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareIdentifiers(a, b) {
  const numericA = isDigits(a);
  const numericB = isDigits(b);
  if (numericA && numericB) return compareNumeric(a, b);
  if (numericA !== numericB) return numericA ? -1 : 1;
  return compareText(a, b);
}

/** Compare decimal digits without leading zeros, of any length. */
function compareNumeric(a, b) {
  return a.length === b.length ? compareText(a, b) : a.length - b.length;
}

function compareText(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isNumeric(part) {
  return isDigits(part) && (part.length === 1 || part[0] !== "0");
}

function isDigits(part) {
  for (let i = 0; i < part.length; i += 1) {
    const unit = part.charCodeAt(i);
    if (unit < 48 || unit > 57) return false;
  }
  return part.length > 0;
}

function isIdentifier(part) {
  for (let i = 0; i < part.length; i += 1) {
    const unit = part.charCodeAt(i);
    const isLetter = (unit | 32) >= 97 && (unit | 32) <= 122;
    if (!isLetter && !(unit >= 48 && unit <= 57) && unit !== 45) return false;
  }
  return part.length > 0;
}
