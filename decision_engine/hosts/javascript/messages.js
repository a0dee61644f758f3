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
 * @property {string} [cdn] the CDN that stands in front, whose own headers of devices then count: `cloudfront`, `akamai`
 *   or `cloudflare`
 * @property {Known} [known] what is known of the visitor besides; absent where nobody asked
 */

/**
 * @typedef {object} Known what stages before the host found out, so that it is trusted
 * @property {string[]} denied purposes, beside those that the request's own object denies
 * @property {boolean} mayStore without it the visitor's cookie is neither read nor set: the unit lives for one request
 * @property {object | null} features raw values by feature name; they win over all that the request says of those features
 * @property {object | null} timestamps of those values, by path or group
 * @property {string | null} [visitor] the id that the visitor's cookie names, where it was read already
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
