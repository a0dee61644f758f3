/**
 * Readings: what a raw value of another type becomes before it is checked (docs/reference/host.md, "Readings"). Values come
 * from outside, so an object is never asked to convert itself.
 */

const LARGEST = Number.MAX_SAFE_INTEGER;
const WIDTH = 5;

/**
 * Prepare a reading.
 * @param {string} name
 * @param {string} type of the feature
 * @returns {(raw: unknown) => unknown} from any value of JSON but null to a raw value of the type, or undefined
 */
export function prepareReading(name, type) {
  const read = type === "tags" ? ELEMENTS[name] : READINGS[name];
  if (read === undefined) throw new Error(`expected a reading, found \`${name}\``);
  if (type !== "tags") return read;
  return (raw) => (Array.isArray(raw) ? raw.map(read).filter((found) => found !== undefined) : undefined);
}

function textOf(raw) {
  if (typeof raw !== "object" || raw === null) return String(raw);
  return Array.isArray(raw) ? raw.map((item) => (item === null ? "" : textOf(item))).join(",") : "[object Object]";
}

function numberOf(raw) {
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) return undefined;
  const found = Number(typeof raw === "object" && raw !== null ? textOf(raw) : raw);
  if (typeof raw === "number") return found;
  return Number.isNaN(found) ? undefined : Math.max(-LARGEST, Math.min(LARGEST, found));
}

function jsonOf(raw) {
  if (Array.isArray(raw)) return `[${raw.map(jsonOf).join(",")}]`;
  if (typeof raw !== "object" || raw === null) return JSON.stringify(raw);
  return `{${Object.keys(raw).map((key) => `${JSON.stringify(key)}:${jsonOf(raw[key])}`).join(",")}}`;
}

function extreme(choose) {
  return (raw) => {
    if (!Array.isArray(raw)) return undefined;
    const found = raw.filter((item) => item !== null).map(numberOf).filter((number) => number !== undefined);
    return found.length > 0 ? choose(...found) : undefined;
  };
}

function isDigits(text) {
  for (let i = 0; i < text.length; i += 1) if (text[i] < "0" || text[i] > "9") return false;
  return text !== "";
}

/** The start of what follows the first `+` without a line break behind it, or the text's end. */
function buildAt(text) {
  const breaks = ["\n", "\r", "\u2028", "\u2029"].map((one) => text.lastIndexOf(one));
  const at = text.indexOf("+", Math.max(...breaks) + 1);
  return at < 0 ? text.length : at;
}

function paddedVersion(raw) {
  const given = typeof raw === "number" ? String(raw) : raw;
  const text = typeof given === "string" && given !== "" ? given : "0";
  const parts = text.slice(text.startsWith("v") ? 1 : 0, buildAt(text)).replaceAll("-", ".").split(".");
  if (parts.length === 3) parts.push("~");
  return parts.map((part) => (isDigits(part) ? part.padStart(WIDTH) : part)).join("-");
}

function lenientVersion(raw) {
  const given = textOf(raw);
  const text = given.startsWith("v") || given.startsWith("V") ? given.slice(1) : given;
  const parts = text.split(".");
  if (parts.length <= 2 && parts.every(isDigits)) return parts.length === 1 ? `${text}.0.0` : `${text}.0`;
  const trimmed = text.trim();
  return trimmed.startsWith("v") ? trimmed.slice(1) : trimmed;
}

function lower(raw) {
  return typeof raw === "string" ? raw.toLowerCase() : undefined;
}

function kindOf(raw) {
  return Array.isArray(raw) ? "array" : typeof raw;
}

const READINGS = {
  __proto__: null,
  truth: (raw) => Boolean(raw),
  number: numberOf,
  size: (raw) => (Array.isArray(raw) ? raw.length : undefined),
  largest: extreme(Math.max),
  smallest: extreme(Math.min),
  kind: kindOf,
  text: textOf,
  "lower-case": lower,
  json: jsonOf,
  "padded-version": paddedVersion,
  "lenient-version": lenientVersion,
};
const ELEMENTS = {
  __proto__: null,
  text: textOf,
  texts: (raw) => (typeof raw === "string" ? raw : undefined),
  "lower-case": lower,
  json: jsonOf,
  number: (raw) => {
    const found = numberOf(raw);
    return found === undefined ? undefined : String(found);
  },
};
