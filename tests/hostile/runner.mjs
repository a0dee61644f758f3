/**
 * Hostile requests in the JavaScript host: `node runner.mjs ARTEFACT`, lines of JSON in, lines of JSON out.
 *
 * A line is `{method, target, headers, body, geo, at}` with the body in hexadecimal; its answer has the response, the least
 * of several times in ms, whether the prototypes of objects are as they were, and what a page view is answered with.
 */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const base = pathToFileURL(`${process.argv[2]}/`);
const host = await import("../../decision_engine/hosts/javascript/host.js");
const { createWasmEngine } = await import("../../decision_engine/hosts/javascript/wasm_engine.js");

const ROUNDS = 3;
const DECIDE = "/.edgewise/decide";
const PROTOTYPES = [Object.prototype, Array.prototype, Map.prototype, Function.prototype, String.prototype];
const names = () => PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(";");
const asBefore = names();

const errors = [];
const tables = JSON.parse(readFileSync(new URL("tables.json", base), "utf8"));
const program = new WebAssembly.Module(readFileSync(new URL("program.wasm", base)));
const { respond, view } = host.createHost(tables, createWasmEngine(program), { target: "test", onError: (error) => errors.push(error) });

function ask({ method, target, headers = {}, body = "", geo = null, at = 0 }) {
  const bytes = new Uint8Array(Buffer.from(body, "hex"));
  const request = {
    method,
    target,
    header: (name) => (Object.hasOwn(headers, name) ? headers[name] : null),
    body: bytes,
    geo,
    device: null,
    at,
    newId: () => "drawn",
  };
  let response;
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    response = respond(request);
    least = Math.min(least, performance.now() - start);
  }
  const viewed = method === "GET" ? viewOf(request) : null;
  return { status: response.status, body: response.body, ms: least, viewed, clean: names() === asBefore, errors: errors.length };
}

/** The page view's answer, or null: the worker takes this way for a target that is the route, alone or with an object. */
function viewOf(request) {
  if (request.target === DECIDE) return view(request, null);
  const document = request.target.slice(DECIDE.length + 3);
  return request.target.startsWith(`${DECIDE}?d=`) && !document.includes("&") ? view(request, document) : null;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(ask(JSON.parse(line)))}\n`);
}
