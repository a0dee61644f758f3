/** A request of Cloudflare's runtime as the host reads it, and what its platform knows of the visitor. */

import { MOST_BYTES } from "./strict_json.js";

const TOO_LARGE = new Uint8Array(MOST_BYTES + 1);

/** A request as the host reads it (messages.js, `HttpRequest`); a class, so that no request makes functions of its own. */
export class PlatformRequest {
  constructor(request, method, target, body) {
    this.request = request;
    this.method = method;
    this.target = target;
    this.body = body;
    this.device = null;
    this.at = Date.now();
    this.headers = null;
    this.place = undefined;
    this.known = undefined;
  }

  /** Read once at most: `cf` costs a request more than all of its own values together. */
  get geo() {
    if (this.place === undefined) this.place = geoOf(this.request.cf);
    return this.place;
  }

  header(name) {
    this.headers ??= this.request.headers;
    return this.headers.get(name);
  }

  newId() {
    return crypto.randomUUID();
  }
}

/** What Cloudflare knows of the visitor's place, under the names of docs/reference/host.md. */
function geoOf(cf) {
  if (cf === undefined || cf === null) return null;
  return {
    country: cf.country,
    region: cf.region,
    region_code: cf.regionCode,
    city: cf.city,
    continent: cf.continent,
    timezone: cf.timezone,
    postal_code: cf.postalCode,
    latitude: degrees(cf.latitude),
    longitude: degrees(cf.longitude),
  };
}

/** Cloudflare writes coordinates as text. */
function degrees(text) {
  return typeof text === "string" && text !== "" ? Number(text) : text;
}

/**
 * Read a body, but never much more than the host accepts.
 * @param {Request} request
 * @returns {Promise<Uint8Array | null>} null for one that cannot be read
 */
export async function readBody(request) {
  const declared = request.headers.get("content-length");
  if (declared !== null && !(Number(declared) <= MOST_BYTES)) return TOO_LARGE;
  try {
    return declared === null ? await readStream(request.body) : new Uint8Array(await request.arrayBuffer());
  } catch {
    return null;
  }
}

async function readStream(stream) {
  const chunks = [];
  let size = 0;
  for (const reader = stream?.getReader(); reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      return TOO_LARGE;
    }
  }
  return joinChunks(chunks, size);
}

function joinChunks(chunks, size) {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
