/** The worker of these tests: pages through the delivery, decided by the host alone. */

import { createDelivery } from "./deliver.js";
import { deliver } from "./deliver_html.js";
import { createHost } from "./host.js";
import { PlatformRequest } from "./platform_request.js";
import { decodeBase64url } from "./base64url.js";
import { createWasmEngine } from "./wasm_engine.js";
import program from "./program.wasm";
import tables from "./tables.js";

const host = createHost(tables, createWasmEngine(program), { target: "cloudflare" });
const delivery = createDelivery(tables.service.delivery, tables);
const counters = {};
let fails = false;

function count(reason) {
  counters[reason] = (counters[reason] ?? 0) + 1;
}

export default {
  async fetch(request, env) {
    const { url } = request;
    const target = url.slice(url.indexOf("/", url.indexOf("//") + 2));
    if (target === "/.test/counters") return Response.json(counters);
    if (target === "/.test/plain") return env.ORIGIN.fetch(new Request(url.replace(target, "/page"), request));
    if (request.headers.has("test-raw")) return env.ORIGIN.fetch(request);
    fails = request.headers.has("test-fails");
    const shop = {
      delivery,
      secrets: new Map([["k1", decodeBase64url("a2V5IG9mIHRoZSBmaXJzdCBlcG9jaA")]]),
      isDecoded: request.headers.has("test-decoded"),
      count,
      origin: (asked) => (asked.headers.has("test-silent") ? Promise.reject(new Error("silence")) : env.ORIGIN.fetch(asked)),
      decide(to) {
        if (fails) throw new Error("a test's failure");
        return host.decideRequest(new PlatformRequest(request, "GET", to, null));
      },
    };
    return deliver(request, target, Date.now(), shop);
  },
};
