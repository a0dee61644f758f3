/** An EdgeWorkers request as the host reads it (messages.js, `HttpRequest`). */

import { crypto } from "crypto";

import { MOST_BYTES } from "./strict_json.js";

const TOO_LARGE = new Uint8Array(MOST_BYTES + 1);
/** What stands for every property of an address in a reserved range. */
const RESERVED = "reserved";

/**
 * Read a request, its body too when the host will look at it.
 * @param {EW.ResponseProviderRequest} request
 * @returns {Promise<import("./messages.js").HttpRequest>}
 */
export async function readRequest(request) {
  const { method, url } = request;
  return {
    method,
    target: url,
    header: (name) => headerOf(request, name),
    body: method === "POST" ? await readBody(request) : null,
    geo: geoOf(request.userLocation),
    device: deviceOf(request.device),
    at: Date.now(),
    newId,
  };
}

function headerOf(request, name) {
  return request.getHeader(name)?.join(name === "cookie" ? "; " : ", ");
}

/** Read a body, but not one that says itself that it is too large; one that cannot be read is empty. */
async function readBody(request) {
  const declared = headerOf(request, "content-length");
  if (declared !== undefined && !(Number(declared) <= MOST_BYTES)) return TOO_LARGE;
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch {
    return null;
  }
}

/** What Akamai knows of the visitor's place, under the names of docs/reference/host.md. */
function geoOf(location) {
  if (location === undefined || location === null || location.country === RESERVED) return null;
  return {
    country: location.country,
    region_code: location.region,
    city: location.city,
    continent: location.continent,
    timezone: location.timezone,
    postal_code: location.zipCode,
    latitude: degrees(location.latitude),
    longitude: degrees(location.longitude),
  };
}

/** Akamai writes coordinates as text. */
function degrees(text) {
  return typeof text === "string" && text !== "" ? Number(text) : text;
}

/** Device characteristics come where the contract has them; `os` names the platform as client hints do. */
function deviceOf(device) {
  if (device === undefined || device === null) return null;
  return { mobile: device.isMobile, platform: device.os };
}

/** A random UUID, version 4 (RFC 9562), of the random bytes that EdgeWorkers give. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
