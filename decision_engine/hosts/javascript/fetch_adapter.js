/** The adapter of platforms that speak in the web's Request and Response: deno, bun, Fastly, service workers. */

import { MOST_BYTES } from "./strict_json.js";

const TOO_LARGE = new Uint8Array(MOST_BYTES + 1);

/**
 * @typedef {object} Platform what one platform adds; `context` is what came with the request
 * @property {(context: unknown, request: Request) => object | null} [geo] the visitor's place, read when a feature asks for it
 * @property {(context: unknown) => object | null} [device] likewise
 * @property {string} [cdn] the one that stands in front: see messages.js
 * @property {(request: Request, context: unknown) => Response | Promise<Response>} [passOn] answers what is not the host's own;
 *   without it, that is an ordinary 404
 * @property {(context: unknown) => string | undefined} [cookie] stands for the header where the platform hides it
 * @property {() => string} [languages] stands for `accept-language` likewise
 * @property {(context: unknown) => import("./messages.js").Known} [known] what is known of the visitor besides
 * @property {(context: unknown) => string} [newId] draws the id of a new visitor; a random UUID by default
 * @property {() => number} [clock] ms UTC
 */

/**
 * Make the function that answers a request of the web. Whatever a visitor sends, no answer of the host is a 5xx.
 * @param {import("./host.js").Host} host
 * @param {Platform} [platform]
 * @returns {(request: Request, context?: unknown) => Response | Promise<Response>}
 */
export function createFetch(host, platform = {}) {
  const { passOn } = platform;
  return (request, context) => {
    const target = targetOf(request.url);
    if (passOn !== undefined && !host.owns(target)) return passOn(request, context);
    const incoming = new WebRequest(request, target, context, platform);
    return request.method === "POST" ? respondToBody(host, incoming) : respond(host, incoming);
  };
}

async function respondToBody(host, incoming) {
  incoming.body = await readBody(incoming.request);
  return respond(host, incoming);
}

function respond(host, incoming) {
  const answer = host.respond(incoming);
  return new Response(answer.body === "" ? null : answer.body, answer);
}

/**
 * Make what passes requests on to a shop: method, path, query, headers and body as they came, its redirects unfollowed.
 * @param {string} origin scheme and host of the shop
 * @returns {(request: Request) => Promise<Response>}
 */
export function passTo(origin) {
  const base = new URL(origin).origin;
  return async (request) => {
    const { method, body } = request;
    const headers = new Headers(request.headers);
    headers.delete("host");
    // Else fetch would decode the shop's answer, and leave headers that speak of the encoded one.
    headers.set("accept-encoding", "identity");
    // Joined, never resolved: a path of `//host/` would be an address of its own.
    const url = base + targetOf(request.url);
    try {
      return await fetch(url, { method, headers, body, redirect: "manual", ...(body === null ? {} : { duplex: "half" }) });
    } catch (error) {
      console.error("edgewise: the shop does not answer:", String(error));
      return new Response(null, { status: 502 });
    }
  };
}

/** A request as the host reads it (messages.js, `HttpRequest`). */
class WebRequest {
  constructor(request, target, context, platform) {
    this.request = request;
    this.method = request.method;
    this.target = target;
    this.body = null;
    this.at = (platform.clock ?? Date.now)();
    this.context = context;
    this.platform = platform;
    this.cdn = platform.cdn;
    this.known = platform.known?.(context);
    this.place = undefined;
    this.hints = undefined;
  }

  get geo() {
    if (this.place === undefined) this.place = this.platform.geo?.(this.context, this.request) ?? null;
    return this.place;
  }

  get device() {
    if (this.hints === undefined) this.hints = this.platform.device?.(this.context) ?? null;
    return this.hints;
  }

  header(name) {
    if (name === "cookie" && this.platform.cookie !== undefined) return this.platform.cookie(this.context);
    if (name === "accept-language" && this.platform.languages !== undefined) return this.platform.languages();
    return this.request.headers.get(name);
  }

  newId() {
    return this.platform.newId === undefined ? crypto.randomUUID() : this.platform.newId(this.context);
  }
}

/** Path and query of a URL, without parsing it; a fragment never leaves the browser. */
function targetOf(url) {
  const hash = url.indexOf("#");
  const sent = hash < 0 ? url : url.slice(0, hash);
  const path = sent.indexOf("/", sent.indexOf("//") + 2);
  return path < 0 ? "/" : sent.slice(path);
}

/** Read a body, but never much more than the host accepts; one that cannot be read is empty. */
async function readBody(request) {
  const declared = request.headers.get("content-length");
  if (declared !== null && !(Number(declared) <= MOST_BYTES)) return TOO_LARGE;
  try {
    // Firefox shows no stream of a request's body.
    return request.body === undefined ? new Uint8Array(await request.arrayBuffer()) : await readStream(request.body);
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
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
