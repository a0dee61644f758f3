/**
 * What stands around the worker in a drill: the origin, edge KV, the cloud (with its sink of records), and the outside world.
 *
 * Each does as it is told over the control socket (`POST /tell` with JSON), counts what it is asked, and keeps the last
 * of it, so that a drill can look for what should not be there. All of them share one isolate.
 */

const MOST_KEPT = 2000;
const PAGE_SIZE_LIMIT = 2_000_000;

let told, counts, kept;

function reset() {
  told = {
    origin: { mode: "page", html: "<!doctype html><title>shop</title><p>shop</p>", headers: {}, location: "" },
    kv: { mode: "ok", delay: 0, values: {} },
    cloud: { mode: "ok", delay: 0, status: 200, body: "{}", location: "" },
    sink: { mode: "ok", delay: 0, status: 202, body: "", location: "" },
  };
  counts = { origin: 0, kv: 0, cloud: 0, sink: 0, outside: 0 };
  kept = [];
}

reset();

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function keep(who, request) {
  counts[who] += 1;
  const body = request.method === "GET" || request.method === "HEAD" ? "" : await request.text();
  if (counts[who] <= MOST_KEPT) kept.push([who, request.method, request.url, [...request.headers], body]);
  return body;
}

/** A stream that says half of a text and then breaks off. */
function broken(text) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, text.length >> 1)));
    },
    pull(controller) {
      controller.error(new Error("broken off"));
    },
  });
}

/** A stream of a byte at a time. */
function dripping(text, ms) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await pause(ms);
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, at + 1));
      at += 1;
    },
  });
}

/** The answer of a service that fails in the way told; null where it is to answer as usual. */
async function failure(how, text) {
  if (how.delay > 0) await pause(how.delay);
  switch (how.mode) {
    case "down":
      throw new Error("down");
    case "error":
      return new Response("error", { status: 500 });
    case "throttled":
      return new Response("{}", { status: 429, headers: { "retry-after": "1" } });
    case "redirect":
      return new Response(null, { status: 302, headers: { location: how.location } });
    case "partial":
      return new Response(broken(text));
    case "drip":
      return new Response(dripping(text, 50));
    case "hang":
      return new Promise(() => setTimeout(() => undefined, 600_000));
    case "garbage":
      return new Response('{"decisions":{"\u0000', { headers: { "content-type": "application/json" } });
    case "huge":
      return new Response(`{"a":"${"x".repeat(PAGE_SIZE_LIMIT)}"}`);
    default:
      return null;
  }
}

export const origin = {
  async fetch(request) {
    await keep("origin", request);
    const { mode, html, headers, location } = told.origin;
    if (mode === "redirect") return new Response(null, { status: 302, headers: { location } });
    return new Response(html, { headers: { "content-type": "text/html; charset=utf-8", ...headers } });
  },
};

export const kv = {
  async fetch(request) {
    await keep("kv", request);
    const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const value = Object.hasOwn(told.kv.values, key) ? told.kv.values[key] : undefined;
    const failed = await failure(told.kv, value ?? "");
    if (failed !== null) return failed;
    return told.kv.mode === "miss" || value === undefined ? new Response(null, { status: 404 }) : new Response(value);
  },
};

export const cloud = {
  async fetch(request) {
    const who = new URL(request.url).pathname.endsWith("/records") ? "sink" : "cloud";
    await keep(who, request);
    const { status, body } = told[who];
    const failed = await failure(told[who], body);
    return failed ?? new Response(body, { status, headers: { "content-type": "application/json" } });
  },
};

/** Whatever the worker asks for that is bound to no name. */
export const outside = {
  async fetch(request) {
    await keep("outside", request);
    return new Response("outside");
  },
};

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/reset") reset();
    if (pathname === "/tell") {
      for (const [who, how] of Object.entries(await request.json())) Object.assign(told[who], how);
    }
    if (pathname === "/kept") return Response.json(kept);
    return Response.json(counts);
  },
};
