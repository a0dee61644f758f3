/** Requests and answers of HTTP as plain values, the same for every adapter. */

/** The headers of all answers but 304. */
export const JSON_HEADERS = Object.freeze({
  "content-type": "application/json; charset=utf-8",
  "cache-control": "private, no-store",
});

/**
 * @typedef {object} HttpRequest
 * @property {string} method upper case
 * @property {string} target path and query as sent, ASCII
 * @property {(name: string) => string | null | undefined} header reads a header by its lower-case name; repeated ones
 *   are joined by `, `, cookies by `; `
 * @property {Uint8Array | null} body read for POST only; more than 65,536 bytes are refused: an adapter may stop there
 * @property {object | null | undefined} geo
 * @property {object | null | undefined} device
 * @property {number} at the time, ms UTC
 * @property {() => string} newId draws the id of a new visitor
 */

/**
 * @typedef {object} HttpResponse
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {string} body empty for HEAD and 304
 */

/**
 * Make an answer of JSON.
 * @param {string} body
 * @param {number} [status]
 * @param {Record<string, string>} [headers] besides those of all answers
 * @returns {HttpResponse}
 */
export function answer(body, status = 200, headers = undefined) {
  return { status, headers: headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers }, body };
}
