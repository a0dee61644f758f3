/**
 * Pages of the shop through the Cloudflare worker: the origin is asked as the plan says (deliver.js), and its HTML is changed
 * while it streams. Whatever is in doubt passes as the origin sent it.
 */

import { createGuard } from "./deliver_guard.js";

/** So few bytes cannot hold enough open elements to exhaust the rewriter's memory: they need no guard. */
const SAFE_BYTES = 24_576;
/** Elements whose content or attributes an edit may change: none that runs a program, or shows its content otherwise. */
const EDITED_ELEMENTS = new Set(
  (
    "a abbr article aside b bdi blockquote br button cite dd del div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header " +
    "hr i img ins kbd li main mark nav ol p picture q s section small source span strong sub sup time u ul var wbr"
  ).split(" "),
);
/** Fewer pieces through JavaScript cost less; what has come is taken at once, however little. */
const PIECE = 65_536;
const BY_PIECES = { mode: "byob" };
const IN_HTML = { html: true };

/**
 * @typedef {object} Shop what the pages need of the worker
 * @property {ReturnType<typeof import("./deliver.js").createDelivery>} delivery
 * @property {(target: string, isPreview: boolean) => Decision | Promise<Decision>} decide decides the page that was asked for;
 *   `target` is that for the host. What a preview shows is no exposure. Where it throws, the page passes as it is
 * @property {(request: Request) => Promise<Response>} origin
 * @property {Map<string, Uint8Array>} secrets of the keys that verify previews
 * @property {boolean} isDecoded whether the origin's encodings are the platform's business: then gzip and br may be edited
 * @property {(reason: string) => void} count told why a page passed as it is, or what else happened to it
 */

/**
 * @typedef {object} Decision
 * @property {Int32Array | null} codes null when the neutral outcomes stand
 * @property {Map<number, object> | null} [replaced]
 * @property {string | null} [cookie]
 */

/**
 * Answer a request that is not the host's own.
 * @param {Request} request
 * @param {string} target its path and query
 * @param {number} at ms UTC
 * @param {Shop} shop
 * @returns {Promise<Response>}
 */
export async function deliver(request, target, at, shop) {
  const { delivery } = shop;
  const header = (name) => request.headers.get(name);
  if (!delivery.isPage(request.method, target, header)) return reach(shop, () => withoutOwn(request, delivery.ownHeaders));
  const read = delivery.read(target);
  const conditional = delivery.conditionalHeaders(header("sec-fetch-dest"));
  const ask = (to, toOrigin) => reach(shop, () => originRequest(request, target, to, toOrigin, conditional, shop));
  // Where nothing that is decided reaches the origin, it is asked meanwhile.
  const early = delivery.steersOrigin ? null : ask(read.origin, []);
  const plan = await planPage(read, at, shop);
  if (plan === null) return early ?? ask(read.origin, []);
  if (plan.redirect !== null) return redirectTo(plan, shop);
  return give(plan, await (early ?? ask(plan.target, plan.toOrigin)), request, shop);
}

/** The origin's answer; 502 when it gives none. */
async function reach({ origin, count }, make) {
  try {
    return await origin(make());
  } catch (error) {
    console.error("edgewise: the shop does not answer:", String(error));
    count("no-answer");
    return new Response(null, { status: 502, headers: { "cache-control": "no-store" } });
  }
}

/** What the page gets; null when that fails, and the page is to pass as it is. */
async function planPage(read, at, { delivery, decide, secrets, count }) {
  try {
    const preview = read.preview === null ? null : await delivery.force(read.preview, secrets, at);
    const { codes, replaced, cookie } = await decide(read.decide, preview !== null);
    return delivery.plan({ target: read.origin, codes, replaced, preview, cookie });
  } catch (error) {
    console.error("edgewise: passed a page on as it is:", String(error));
    count("failed");
    return null;
  }
}

function redirectTo(plan, { count }) {
  count("redirected");
  const headers = new Headers();
  for (const [name, value] of plan.redirectHeaders()) headers.append(name, value);
  return new Response(null, { status: plan.redirect.status, headers });
}

/** The visitor's answer: the origin's, changed as the plan says. */
function give(plan, response, request, { isDecoded, count }) {
  const header = (name) => response.headers.get(name);
  const problem = plan.problem(response.status, header, isDecoded);
  const changes = plan.headers(problem === null, header);
  count(problem ?? "edited");
  if (problem !== null && changes.length === 0) return response;
  const isEdited = problem === null && request.method !== "HEAD" && response.body !== null;
  return withHeaders(isEdited ? rewritten(plan, response, count) : response.body, response, changes);
}

function withHeaders(body, response, changes) {
  const changed = new Response(body, response);
  for (const [name, value] of changes) {
    if (value === null) changed.headers.delete(name);
    else if (name === "set-cookie") changed.headers.append(name, value);
    else changed.headers.set(name, value);
  }
  return changed;
}

/** The page's bytes with what the plan shows. */
function rewritten(plan, response, count) {
  const rewriter = new HTMLRewriter().on("edgewise-slot", new SlotWriter(plan, count));
  for (const [selector, change] of plan.edits()) rewriter.on(selector, new Editor(change));
  const data = plan.data();
  if (data !== null) {
    const writer = new DataWriter(data);
    rewriter.on("head", writer).on("body", writer);
  }
  const length = Number(response.headers.get("content-length") ?? NaN);
  const isEncoded = response.headers.get("content-encoding") !== null; // then the length is not that of the page
  if (!isEncoded && length <= SAFE_BYTES) return rewriter.transform(response).body;
  return guarded(rewriter, response, plan.delivery.table.longest, count);
}

/** The same for pages that may be more than the rewriter can hold: what is too much passes behind it as it is. */
function guarded(rewriter, response, longest, count) {
  const source = new GuardedSource(response.body, createGuard(longest), count);
  const headers = { "content-type": response.headers.get("content-type") };
  const { body } = rewriter.transform(new Response(new ReadableStream(source), { headers }));
  return new ReadableStream(new Joined(body, source));
}

/** A page's bytes as far as the guard lets them through. */
class GuardedSource {
  constructor(body, guard, count) {
    this.reader = body.getReader(BY_PIECES);
    this.guard = guard;
    this.count = count;
    this.rest = null;
  }

  async pull(controller) {
    const { done, value } = await this.reader.read(new Uint8Array(PIECE));
    if (done) return controller.close();
    const most = this.guard.take(value);
    if (most === value.length) return controller.enqueue(value);
    this.count("cut");
    this.rest = value.slice(most); // copied: what is enqueued is given away
    if (most > 0) controller.enqueue(value.subarray(0, most));
    return controller.close();
  }

  cancel(reason) {
    return this.reader.cancel(reason);
  }

  /** What stands behind the bytes that the guard let through, piece by piece; undefined at the end. */
  async next() {
    const { rest } = this;
    this.rest = undefined;
    if (rest !== undefined) return rest ?? undefined;
    const { done, value } = await this.reader.read(new Uint8Array(PIECE));
    return done ? undefined : value;
  }
}

/** What the rewriter made, and then the rest of its source. */
class Joined {
  constructor(body, source) {
    this.reader = body.getReader(BY_PIECES);
    this.source = source;
    this.isRewritten = false;
  }

  async pull(controller) {
    if (!this.isRewritten) {
      const { done, value } = await this.reader.read(new Uint8Array(PIECE));
      if (!done) return controller.enqueue(value);
      this.isRewritten = true;
    }
    const rest = await this.source.next();
    return rest === undefined ? controller.close() : controller.enqueue(rest);
  }

  async cancel(reason) {
    await this.reader.cancel(reason);
    await this.source.cancel(reason);
  }
}

/** The request as the origin is to see it: without what only the edge may say, and with it. */
function originRequest(request, target, to, toOrigin, conditional, { delivery, isDecoded, trace = null }) {
  const headers = new Headers(request.headers);
  for (const name of delivery.ownHeaders) headers.delete(name);
  for (const name of conditional) headers.delete(name);
  // What is encoded cannot be edited; a platform that decodes by itself also negotiates by itself.
  if (conditional.length > 0 && !isDecoded) headers.set("accept-encoding", "identity");
  for (const [name, value] of toOrigin) headers.set(name, value);
  if (trace !== null) headers.set("traceparent", trace.header);
  if (trace !== null && trace.isNew) headers.delete("tracestate");
  const { url } = request;
  const place = to === target ? url : url.slice(0, url.length - target.length) + to;
  return new Request(place, { method: request.method, headers, redirect: "manual", cf: request.cf });
}

function withoutOwn(request, ownHeaders) {
  if (!ownHeaders.some((name) => request.headers.has(name))) return request;
  const clean = new Request(request);
  for (const name of ownHeaders) clean.headers.delete(name);
  return clean;
}

/** Fills slots; what fails leaves a slot's default. */
class SlotWriter {
  constructor(plan, count) {
    this.plan = plan;
    this.count = count;
  }

  element(element) {
    try {
      const name = element.getAttribute("name");
      const html = this.plan.slot(name);
      if (html === null) return;
      element.setAttribute("data-edgewise", this.plan.slotOutcome(name));
      element.setInnerContent(html, IN_HTML);
    } catch (error) {
      console.error("edgewise: left a slot as it is:", String(error));
      this.count("slot-failed");
    }
  }
}

/** Changes the elements of one edit. */
class Editor {
  constructor(change) {
    this.change = change;
  }

  element(element) {
    if (!EDITED_ELEMENTS.has(element.tagName)) return;
    for (const [name, value] of this.change.attributes) element.setAttribute(name, value);
    if (this.change.text !== null) element.setInnerContent(this.change.text, IN_HTML);
  }
}

/** Puts the outcomes for scripts into the head, or else in front of the page's content. */
class DataWriter {
  constructor(data) {
    this.data = data;
    this.isDone = false;
  }

  element(element) {
    if (this.isDone) return;
    this.isDone = true;
    element.prepend(this.data, IN_HTML);
  }
}
