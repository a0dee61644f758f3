/**
 * The Cloudflare worker: answers Edgewise's own routes, and passes every other request to the origin.
 *
 * The origin is the service bound as ORIGIN; or, where the variable ORIGIN is `zone`, what stands behind the worker's
 * route. Without either, another path is an ordinary 404. Whatever a visitor sends, no answer of the host is a 5xx.
 */

import { createHost } from "./host.js";
import { JSON_HEADERS } from "./messages.js";
import { MOST_BYTES } from "./strict_json.js";
import { createWasmEngine } from "./wasm_engine.js";
import program from "./program.wasm";
import tables from "./tables.js";

const DECIDE = "/.edgewise/decide";
const DOCUMENT = "?d=";
const TOO_LARGE = new Uint8Array(MOST_BYTES + 1);
// Made once: the runtime copies a Headers object faster than a literal, and most answers have no other headers.
const USUAL_ANSWER = { status: 200, headers: new Headers(JSON_HEADERS) };

const host = createHost(tables, createWasmEngine(program), {
  target: "cloudflare",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});

export default {
  /**
   * @param {Request} request
   * @param {{ORIGIN?: "zone" | {fetch: typeof fetch}}} env
   * @returns {Response | Promise<Response>}
   */
  fetch(request, env) {
    const { url } = request;
    const start = url.indexOf("/", url.indexOf("//") + 2);
    const end = start + DECIDE.length;
    if (url.startsWith(DECIDE, start) && (url.length === end || url.startsWith(DOCUMENT, end))) {
      const body = viewPage(request, url.length === end ? null : url.slice(end + DOCUMENT.length));
      if (body !== null) return new Response(body, USUAL_ANSWER);
    }
    const target = start < 0 ? "/" : url.slice(start);
    if (env.ORIGIN !== undefined && !host.owns(target)) return passOn(request, env.ORIGIN);
    const { method } = request;
    return method === "POST" ? respondToBody(request, target) : respond(request, method, target, null);
  },
};

/** The answer to the common request, or null when the host is to answer; its errors are the host's to tell of. */
function viewPage(request, document) {
  if (request.method !== "GET") return null;
  try {
    return host.view(new PlatformRequest(request, "GET", DECIDE, null), document);
  } catch {
    return null;
  }
}

function passOn(request, origin) {
  return origin === "zone" ? fetch(request) : origin.fetch(request);
}

async function respondToBody(request, target) {
  return respond(request, "POST", target, await readBody(request));
}

function respond(request, method, target, body) {
  const answer = host.respond(new PlatformRequest(request, method, target, body));
  if (answer.headers === JSON_HEADERS && answer.status === 200) return new Response(answer.body, USUAL_ANSWER);
  return new Response(answer.body === "" ? null : answer.body, answer);
}

/** A request as the host reads it (messages.js, `HttpRequest`); a class, so that no request makes functions of its own. */
class PlatformRequest {
  constructor(request, method, target, body) {
    this.request = request;
    this.method = method;
    this.target = target;
    this.body = body;
    this.device = null;
    this.at = Date.now();
    this.headers = null;
    this.place = undefined;
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

/** Read a body, but never much more than the host accepts; one that cannot be read is empty. */
async function readBody(request) {
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
