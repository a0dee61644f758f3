/**
 * CloudFront's events as requests of the host, and its answers as CloudFront wants them: for viewer-request and
 * origin-request. What is not Edgewise's own goes on untouched, and so does everything when the event cannot be read.
 */

import { randomUUID } from "node:crypto";

import { MOST_BYTES } from "./strict_json.js";
import { decodePercent } from "./query.js";

const TOO_LARGE = new Uint8Array(MOST_BYTES + 1);
const ORIGIN_REQUEST = "origin-request";
const DESCRIPTIONS = {
  200: "OK",
  304: "Not Modified",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
};
const VIEWER = "cloudfront-viewer-";

/**
 * Make the handler; it never throws.
 * @param {import("./host.js").Host} host
 * @param {() => number} [clock] ms UTC
 * @returns {(event: object) => Promise<object>} gives the response, or the event's request to go on with
 */
export function createHandler(host, clock = Date.now) {
  return async (event) => {
    const cf = event?.Records?.[0]?.cf;
    const request = cf?.request;
    try {
      const target = targetOf(request);
      return host.owns(target) ? responseOf(host.respond(readRequest(cf, target, clock()))) : request;
    } catch (error) {
      console.error("edgewise: passed on a request that could not be read:", String(error));
      return request;
    }
  };
}

function targetOf({ uri, querystring }) {
  return querystring ? `${uri}?${querystring}` : uri;
}

function readRequest({ config, request }, target, at) {
  const { method, headers, body } = request;
  const header = (name) => headerOf(headers, name);
  // CloudFront adds its headers behind the viewer's request: in front of that, they are whatever the visitor sent.
  const isPlaced = config?.eventType === ORIGIN_REQUEST;
  return {
    method,
    target,
    header,
    body: method === "POST" ? bodyOf(body) : null,
    geo: isPlaced ? geoOf(header) : null,
    device: null,
    cdn: isPlaced ? "cloudfront" : undefined,
    at,
    newId: randomUUID,
  };
}

function headerOf(headers, name) {
  if (!Object.hasOwn(headers, name)) return undefined;
  return headers[name].map(({ value }) => value).join(name === "cookie" ? "; " : ", ");
}

/** The bytes of a body; CloudFront cuts a long one, and says so. */
function bodyOf(body) {
  if (body === undefined || body === null) return null;
  return body.inputTruncated === true ? TOO_LARGE : Buffer.from(body.data, body.encoding === "text" ? "utf8" : "base64");
}

/** What CloudFront knows of the visitor's place, under the names of docs/reference/host.md. */
function geoOf(header) {
  const text = (name) => {
    const value = header(`${VIEWER}${name}`);
    return value === undefined ? undefined : (decodePercent(value) ?? value);
  };
  const degrees = (name) => {
    const value = text(name);
    return value === undefined || value === "" ? undefined : Number(value);
  };
  return {
    country: text("country"),
    region: text("country-region-name"),
    region_code: text("country-region"),
    city: text("city"),
    timezone: text("time-zone"),
    postal_code: text("postal-code"),
    latitude: degrees("latitude"),
    longitude: degrees("longitude"),
  };
}

function responseOf({ status, headers, body }) {
  const listed = Object.entries(headers).map(([name, value]) => [name, [{ key: name, value }]]);
  return {
    status: String(status),
    statusDescription: DESCRIPTIONS[status],
    headers: Object.fromEntries(listed),
    body,
    bodyEncoding: "text",
  };
}
