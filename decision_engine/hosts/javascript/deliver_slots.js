/** Slots and edits: what a page shows of an outcome, made from the policy's templates and a payload's fields. */

import { encodePart, escapeAttribute, escapeText, isSafeUrl } from "./deliver_escape.js";
import { own } from "./objects.js";

const LONGEST_HTML = 131_072;

/**
 * @typedef {object} Shown an outcome to deliver
 * @property {string | null} outcome the payload's key; null for a ranking without items
 * @property {string} payload JSON text
 * @property {{key: string, payload: string}[] | null} items of a ranking, best first; null for a single payload
 * @property {string} tail what follows the payload in an answer, from `"reason"` on
 * @property {number | null} leaf its number; null when the program's codes did not give it
 */

/**
 * @typedef {object} SlotTable
 * @property {(string | {path: string[], as: string})[]} parts
 * @property {[string, string] | null} frame
 */

/**
 * Make a slot's HTML.
 * @param {SlotTable} slot
 * @param {Shown} shown
 * @returns {string | null} null when the default is to stand: no items, or a payload without the fields
 */
export function slotHtml({ parts, frame }, { payload, items }) {
  let html = "";
  for (const text of items === null ? [payload] : items.map((item) => item.payload)) {
    const one = renderParts(parts, JSON.parse(text));
    if (one === null) return null;
    html += one;
  }
  if (html === "" || html.length > LONGEST_HTML) return null;
  return frame === null ? html : frame[0] + html + frame[1];
}

/**
 * @typedef {object} Change what an edit does to its elements
 * @property {string | null} text the new text, escaped
 * @property {[string, string][]} attributes names and values, escaped
 */

/**
 * Make an edit's change.
 * @param {{text: string[] | null, attributes: {name: string, path: string[], as: string}[]}} edit
 * @param {Shown} shown of a ranking, the first item counts
 * @returns {Change | null} null when the page is to stay: no items, or a payload without the fields
 */
export function editChange({ text, attributes }, { payload, items }) {
  if (items !== null && items.length === 0) return null;
  const value = JSON.parse(items === null ? payload : items[0].payload);
  const change = { text: null, attributes: [] };
  if (text !== null) {
    change.text = renderField(value, { path: text, as: "text" });
    if (change.text === null) return null;
  }
  for (const { name, path, as } of attributes) {
    const field = renderField(value, { path, as });
    if (field === null) return null;
    change.attributes.push([name, field]);
  }
  return change;
}

/**
 * Read the field at a path.
 * @param {unknown} value
 * @param {string[]} path
 * @returns {unknown} undefined where there is none
 */
export function fieldAt(value, path) {
  let found = value;
  for (let i = 0; i < path.length && found !== undefined; i += 1) found = own(found, path[i]);
  return found;
}

/** The parts joined, or null when a field is missing or cannot stand at its place. */
function renderParts(parts, value) {
  let html = "";
  for (const part of parts) {
    const text = typeof part === "string" ? part : renderField(value, part);
    if (text === null) return null;
    html += text;
  }
  return html;
}

function renderField(value, { path, as }) {
  if (as === "url") {
    const url = urlText(value, path);
    return url === null ? null : escapeAttribute(url);
  }
  const text = fieldText(value, path);
  if (text === null) return null;
  if (as === "path") return encodePart(text);
  return as === "text" ? escapeText(text) : escapeAttribute(text);
}

function urlText(value, path) {
  const found = fieldAt(value, path);
  return typeof found === "string" && isSafeUrl(found) ? found : null;
}

/** A field as text: numbers as ECMA-262 writes them. */
function fieldText(value, path) {
  const found = fieldAt(value, path);
  const isShown = typeof found === "string" || typeof found === "boolean" || Number.isFinite(found);
  return isShown ? String(found) : null;
}
