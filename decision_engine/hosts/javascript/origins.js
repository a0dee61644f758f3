/**
 * Addresses that a configuration may name: public hosts over HTTPS, and those of inside that it lists one by one. The
 * rule stands in the Python host's origins.py; tests/conformance/origins holds both to it.
 */

const LONGEST = 2048;
const PORTS = ["443", "8443"];
const INSIDE = [
  "alt", "arpa", "consul", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain", "localhost",
  "onion", "private", "svc", "test",
];
const NEVER = ["169.254.", "[fe80:", "metadata"];

const LABEL = "abcdefghijklmnopqrstuvwxyz0123456789-";
const PATH = `${LABEL}ABCDEFGHIJKLMNOPQRSTUVWXYZ/._~`;
const PRIVATE = `${LABEL}.:[]`;

/**
 * The address, with `listed` the `HOST:PORT` that are allowed beside public ones; null for one that may not be named.
 *
 * @param {string} url
 * @param {string[]} [listed]
 * @returns {{base: string, path: string} | null}
 */
export function readOrigin(url, listed = []) {
  const end = url.indexOf("://");
  const scheme = url.slice(0, Math.max(end, 0));
  if (url.length > LONGEST || (scheme !== "http" && scheme !== "https")) return null;
  const rest = url.slice(end + 3);
  const slash = rest.indexOf("/");
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? "" : rest.slice(slash);
  if (!holds(path, PATH) || path.includes("//") || path.split("/").some((piece) => piece === "." || piece === "..")) {
    return null;
  }
  if (!isPrivate(scheme, authority, listed) && !(scheme === "https" && isPublic(authority))) return null;
  return { base: `${scheme}://${authority}`, path: path === "" ? "/" : path };
}

/**
 * The private hosts of a setting: `HOST:PORT`, separated by commas.
 *
 * @param {string | undefined} text
 * @returns {string[]}
 */
export function readPrivate(text) {
  return typeof text === "string" ? text.split(",").map(trimmed).filter(Boolean) : [];
}

/**
 * The shop that a setting names, as what `passTo` takes. Throws on an address that may not be named: the start stops.
 *
 * @param {string | undefined} given
 * @param {string | undefined} listed the setting with the private hosts
 * @returns {string | null} null where nothing is given
 */
export function shopOf(given, listed) {
  if (given === undefined || given === "") return null;
  const origin = readOrigin(given, readPrivate(listed));
  if (origin === null) {
    throw new Error("expected ORIGIN to be https and a public host, or a host whose HOST:PORT EDGEWISE_PRIVATE lists");
  }
  return origin.base;
}

function trimmed(item) {
  let start = 0;
  let end = item.length;
  while (start < end && item[start] === " ") start += 1;
  while (end > start && item[end - 1] === " ") end -= 1;
  return item.slice(start, end);
}

function isPrivate(scheme, authority, listed) {
  const colon = authority.lastIndexOf(":");
  const full = colon >= 0 && isPort(authority.slice(colon + 1)) ? authority : `${authority}:${scheme === "https" ? 443 : 80}`;
  return listed.includes(full) && holds(full, PRIVATE) && !startsWithNever(full) && colon !== 0;
}

function isPublic(authority) {
  const colon = authority.indexOf(":");
  if (colon >= 0 && !PORTS.includes(authority.slice(colon + 1))) return false;
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const labels = host.split(".");
  if (host.length > 253 || labels.length < 2 || !labels.every(isLabel)) return false;
  const last = labels[labels.length - 1];
  return last[0] >= "a" && last[0] <= "z" && !INSIDE.includes(last) && !startsWithNever(host);
}

function isLabel(label) {
  return label.length > 0 && label.length <= 63 && label[0] !== "-" && label.at(-1) !== "-" && holds(label, LABEL);
}

function isPort(text) {
  return text.length > 0 && text.length <= 5 && holds(text, "0123456789");
}

function startsWithNever(text) {
  return NEVER.some((start) => text.startsWith(start));
}

/** Whether a text has characters of a set alone. */
function holds(text, allowed) {
  for (let at = 0; at < text.length; at += 1) if (!allowed.includes(text[at])) return false;
  return true;
}
