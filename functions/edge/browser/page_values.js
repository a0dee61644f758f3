/** Raw values become values of a feature's type, or undefined: docs/reference/host.md, "Values", in few bytes. */

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const TIMESTAMP = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;
const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*))?(?:\+[\da-zA-Z-]+(?:\.[\da-zA-Z-]+)*)?$/;
const DIGITS = /^\d+$/;

/** Read an own member of an object that is no array. */
export function own(holder, key) {
  return holder && typeof holder === "object" && !Array.isArray(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

/** Tell whether a value is well-formed text that is not too long. */
export function isText(raw) {
  return typeof raw === "string" && raw.length <= 4096 && raw.isWellFormed();
}

/** Read a timestamp in either form, ms UTC. */
export function timeOf(raw) {
  if (typeof raw === "number") return Number.isInteger(raw) && Math.abs(raw) <= 8.64e15 ? raw + 0 : undefined;
  const [, local, fraction = "", sign, hours, minutes] = (typeof raw === "string" && TIMESTAMP.exec(raw)) || [];
  const date = new Date(`${local}Z`);
  if (!(date > -Infinity) || date.toISOString().slice(0, 19) !== local) return undefined;
  return +date + +`${fraction}00`.slice(0, 3) - (sign ? +`${sign}60000` * (hours * 60 + +minutes) : 0);
}

/** What each type accepts: a raw value, and its feature. Tables name those that they need. */
export const acceptBool = (raw) => (typeof raw === "boolean" ? raw : undefined);

export const acceptNumber = (raw, feature) =>
  typeof raw === "number" && Math.abs(raw) < 2 ** 53 ? within(raw, feature) : undefined;

export const acceptText = (raw, { values }) => (values?.includes(raw) ?? isText(raw) ? raw : undefined);

/** Of the languages that a page is read in (page.js), the best of the feature's. */
export const acceptLanguage = (raw, feature) =>
  acceptText(typeof raw === "function" ? raw(feature.values ?? null) : raw, feature);

export const acceptTimestamp = (raw, feature) => within(timeOf(raw), feature);

// A bound that is absent is undefined, and nothing is lower or higher than that.
const within = (value, { low, high }) => (value < low || value > high ? undefined : value);

export const acceptTags = (raw, { values }) =>
  Array.isArray(raw) && raw.length <= 256 && raw.every(isText)
    ? new Set(raw.filter((tag) => values?.includes(tag) ?? true))
    : undefined;

export const acceptVersion = (raw) => (versionOf(raw) ? raw : undefined);

/** What a text from headers, cookies or the query is, where it is not the value itself. */
export const parseBool = (text) => ({ true: true, false: false, __proto__: null })[text];

export const parseNumber = (text) => (text.length <= 32 && NUMBER.test(text) ? +text : undefined);

export const parseTimestamp = (text) => parseNumber(text) ?? text;

export const parseTags = (text) => (text === "" ? [] : text.split(","));

/** The place of a version among sorted ones: 2i+1 if equal to number i, else 2i; i of them are lower. */
export function rankOf(text, versions) {
  const order = (other) => compare(versionOf(other), versionOf(text));
  return versions.reduce((rank, other) => rank + 1 - Math.sign(order(other)), 0);
}

/** Major, minor and patch, then the identifiers of a prerelease; a release has one that is higher than all of those. */
function versionOf(raw) {
  const found = typeof raw === "string" && raw.length <= 256 && VERSION.exec(raw);
  return found && [...found.slice(1, 4), ...(found[4] ?? "~").split(".")];
}

function compare(a, b) {
  return a.reduce((order, part, i) => order || (i < b.length ? compareIdentifiers(part, b[i]) : 1), 0) || a.length - b.length;
}

function compareIdentifiers(a, b) {
  const isNumber = DIGITS.test(a);
  if (isNumber !== DIGITS.test(b)) return isNumber ? -1 : 1;
  return (isNumber && a.length - b.length) || (a > b) - (a < b);
}
