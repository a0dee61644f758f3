/**
 * The Cloudflare worker of a registry that configures stages around its decisions: consent, profiles, the cloud, delivery,
 * records. Without any, worker.js serves.
 *
 * What it reads of its environment stands in docs/service.md: ORIGIN, EDGEWISE_KEYS, EDGEWISE_KV, EDGEWISE_CLOUD,
 * EDGEWISE_RECORDS, EDGEWISE_CLOUD_KEY, EDGEWISE_PRIVATE, EDGEWISE_KILLED, EDGEWISE_RING and EDGEWISE_NODE.
 */

import { readAsk, readSink } from "./cloud.js";
import { createHost } from "./host.js";
import { readKeys } from "./keys.js";
import { JSON_HEADERS } from "./messages.js";
import { PlatformRequest, readBody } from "./platform_request.js";
import { createService } from "./service.js";
import { STAGES } from "./stages.js";
import { createWasmEngine } from "./wasm_engine.js";
import program from "./program.wasm";
import tables from "./tables.js";

const DECIDE = "/.edgewise/decide";
const DOCUMENT = "?d=";
const TIMERS = {
  now: () => performance.now(),
  set: (call, ms) => setTimeout(call, ms),
  clear: (timer) => clearTimeout(timer),
};
const USUAL_ANSWER = { status: 200, headers: new Headers(JSON_HEADERS) };

const host = createHost(tables, createWasmEngine(program), {
  target: "cloudflare",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const delivery = STAGES.createDelivery === undefined ? null : STAGES.createDelivery(tables.service.delivery, tables);
let service = null; // its bindings come with the first request
let keys = null;

export default {
  /**
   * @param {Request} request
   * @param {object} env
   * @param {{waitUntil: (work: Promise<unknown>) => void}} context
   * @returns {Response | Promise<Response>}
   */
  fetch(request, env, context) {
    service ??= createService(tables, host, STAGES, portsOf(env));
    const { method, url } = request;
    const start = url.indexOf("/", url.indexOf("//") + 2);
    const end = start + DECIDE.length;
    if (method === "GET" && url.startsWith(DECIDE, start) && (url.length === end || url.startsWith(DOCUMENT, end))) {
      const document = url.length === end ? null : url.slice(end + DOCUMENT.length);
      return answer(service.serve(new PlatformRequest(request, "GET", url.slice(start), null), context, document));
    }
    const target = start < 0 ? "/" : url.slice(start);
    if (env.ORIGIN !== undefined && !host.owns(target)) return passOn(request, target, env, context);
    if (method === "POST") return serveBody(request, target, context);
    return answer(service.serve(new PlatformRequest(request, method, target, null), context));
  },
};

/** A page of the shop, changed by outcomes where that is configured. */
function passOn(request, target, env, context) {
  if (delivery === null) return askOrigin(request, env);
  // A host that is none: no request of ours could be made of it, and one as it came might bring headers of the edge's own.
  if (!URL.canParse(request.url)) return new Response(null, { status: 400 });
  return STAGES.deliver(request, target, Date.now(), new Shop(request, env, context));
}

function askOrigin(request, { ORIGIN: origin }) {
  return origin === "zone" ? fetch(request) : origin.fetch(request);
}

/** What the delivery of one page needs (deliver_html.js, `Shop`). */
class Shop {
  constructor(request, env, context) {
    this.request = request;
    this.env = env;
    this.context = context;
    this.delivery = delivery;
    this.secrets = keys.signing;
    this.trace = traceOf(request);
    // In a zone the platform negotiates encodings by itself, and decodes what is read; a bound origin is asked for none.
    this.isDecoded = env.ORIGIN === "zone";
    this.decide = (target) => decidePage(this, target);
    this.origin = (asked) => askOrigin(asked, this.env);
    this.count = countPage;
  }
}

/** The trace of a page, which the shop's origin is to go on with; null without records. */
function traceOf(request) {
  if (STAGES.startTrace === undefined) return null;
  return STAGES.startTrace(request.headers.get("traceparent"), tables.service.records.trace, () => crypto.randomUUID());
}

async function decidePage({ request, context, trace }, target) {
  const trail = await service.servePage(new PlatformRequest(request, "GET", target, null), context, trace);
  const { decided, replaced } = trail;
  const hasOutcomes = !trail.isNeutral && (decided === null || decided.response === null);
  return { codes: hasOutcomes ? trail.codes.slice() : null, replaced, cookie: decided === null ? null : decided.cookie };
}

function countPage(reason) {
  const counters = (service.counters.deliver ??= {});
  counters[reason] = (counters[reason] ?? 0) + 1;
}

async function serveBody(request, target, context) {
  const body = await readBody(request);
  return answer(service.serve(new PlatformRequest(request, "POST", target, body), context));
}

function answer(trail) {
  if (trail instanceof Promise) return trail.then(answer);
  const { page, response } = trail;
  if (page !== null) return new Response(page, USUAL_ANSWER);
  if (response.headers === JSON_HEADERS && response.status === 200) return new Response(response.body, USUAL_ANSWER);
  return new Response(response.body === "" ? null : response.body, response);
}

function portsOf(env) {
  keys = keysOf(env);
  return {
    keys,
    clock: () => Date.now(),
    monotonic: TIMERS.now,
    timers: TIMERS,
    random: Math.random,
    newId: () => crypto.randomUUID(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    kv: env.EDGEWISE_KV ?? null,
    ask: readAsk(env),
    sink: readSink(env),
    killed: env.EDGEWISE_KILLED === "1",
    about: { ring: env.EDGEWISE_RING ?? "all", node: env.EDGEWISE_NODE ?? "edge", platform: "cloudflare" },
    onError: (error, stage) => console.error(`edgewise: the stage ${stage} failed:`, String(error)),
  };
}

/** A mistake in the keys is told, and costs what needs keys, but no shopper his answer. */
function keysOf(env) {
  try {
    return readKeys(env.EDGEWISE_KEYS);
  } catch (error) {
    console.error("edgewise: EDGEWISE_KEYS cannot be read:", String(error));
    return readKeys(null);
  }
}
