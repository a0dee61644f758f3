/**
 * The Cloudflare worker: answers Edgewise's own routes, and passes every other request to the origin.
 *
 * The origin is the service bound as ORIGIN; or, where the variable ORIGIN is `zone`, what stands behind the worker's
 * route. Without either, another path is an ordinary 404. Whatever a visitor sends, no answer of the host is a 5xx.
 */

import { createHost } from "./host.js";
import { JSON_HEADERS } from "./messages.js";
import { PlatformRequest, readBody } from "./platform_request.js";
import { createWasmEngine } from "./wasm_engine.js";
import program from "./program.wasm";
import tables from "./tables.js";

const DECIDE = "/.edgewise/decide";
const DOCUMENT = "?d=";
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
