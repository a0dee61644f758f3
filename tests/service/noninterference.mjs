/**
 * Random requests in pairs that differ in denied features alone: their answers must be the same, byte for byte.
 *
 *     node noninterference.mjs FOLDER INPUT COUNT SEED
 *
 * INPUT is JSON: `keys`, `at`, `signals` (headers and geo), `tokens` (texts that differ in denied features alone, in lists of
 * visitors), `features` (name, purposes, path, values). Prints `{"pairs", "differ", "changed", "ways"}`: how many pairs, how many
 * differ, how many would have differed had nothing been denied, and how many took each way.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";

const HOST = new URL("../../decision_engine/hosts/javascript/", import.meta.url);
const load = (name) => import(new URL(name, HOST));
const { createHost } = await load("host.js");
const { createService } = await load("service.js");
const { createWasmEngine } = await load("wasm_engine.js");
const { readKeys } = await load("keys.js");
const { createGate } = await load("consent_stage.js");
const { createProfileStage } = await load("service_profile.js");

const DECIDE = "/.edgewise/decide";
const [folder, inputPath, count, seed] = process.argv.slice(2);
const input = JSON.parse(readFileSync(inputPath, "utf8"));
const tables = JSON.parse(readFileSync(join(folder, "tables.json"), "utf8"));
const host = createHost(tables, createWasmEngine(new WebAssembly.Module(readFileSync(join(folder, "program.wasm")))), { target: "test" });
const ports = { keys: readKeys(JSON.stringify(input.keys)), clock: () => 0, monotonic: () => 0, random: () => 0.5, newId: () => "id" };
const service = createService(tables, host, { createGate, createProfileStage }, ports);
const open = createService({ ...tables, service: { ...tables.service, gate: null } }, host, { createProfileStage }, ports);
const random = mulberry(Number(seed));
const purposes = new Map(input.features.map((feature) => [feature.name, feature.purposes]));
const found = { pairs: 0, differ: 0, changed: 0, ways: {} };

for (let i = 0; i < Number(count); i += 1) {
  const plan = drawPlan();
  const first = await service.serve(requestOf(plan), null, documentOf(plan));
  const denied = new Set(first.known.denied);
  const isDenied = (name) => purposes.get(name).some((purpose) => denied.has(purpose));
  const altered = alter(plan, isDenied, denied.has("storage"));
  const second = await service.serve(requestOf(altered), null, documentOf(altered));
  found.pairs += 1;
  const way = `${plan.way}${first.page === null ? "" : " as a page view"}`;
  found.ways[way] = (found.ways[way] ?? 0) + 1;
  if (bodyOf(first) !== bodyOf(second)) {
    found.differ += 1;
    if (found.differ < 5) process.stderr.write(`${JSON.stringify([plan, altered, bodyOf(first), bodyOf(second)])}\n`);
  }
  if (i % 10 === 0) {
    const [one, other] = [await open.serve(requestOf(plan), null), await open.serve(requestOf(altered), null)];
    if (bodyOf(one) !== bodyOf(other)) found.changed += 1;
  }
}
process.stdout.write(JSON.stringify(found));

/** What a visitor sends: a signal, a value for each feature by one of the ways that it can come, a token. */
function drawPlan() {
  const values = {};
  for (const { name, values: choices } of input.features) values[name] = { value: pick(choices), by: pick(["path", "feature", "none"]) };
  const visitor = pick(input.tokens);
  return { signal: pick(input.signals), way: pick(["GET", "page", "POST", "OFREP"]), values, visitor, token: pick([null, ...visitor.texts]) };
}

function alter(plan, isDenied, isStorageDenied) {
  const values = {};
  for (const [name, given] of Object.entries(plan.values)) {
    const { values: choices } = input.features.find((feature) => feature.name === name);
    values[name] = isDenied(name) ? { value: pick(choices), by: pick(["path", "feature", "none"]) } : given;
  }
  // A visitor's tokens differ in features of one purpose; without storage no token is read at all.
  const mayChange = isStorageDenied || (plan.token !== null && isDenied("loyalty"));
  return { ...plan, values, token: mayChange ? pick(plan.visitor.texts) : plan.token };
}

function requestOf(plan) {
  const { signal, way, visitor, token } = plan;
  const { headers, object } = written(plan);
  const cookies = [`ew_visitor=${visitor.name}`, ...headers, ...(token === null ? [] : [`ew_profile=${token}`])];
  if (signal.cookie !== undefined) cookies.push(signal.cookie);
  const all = { cookie: cookies.join("; "), ...signal.headers };
  const body = way === "OFREP" ? { context: { targetingKey: visitor.name, ...object } } : object;
  return {
    method: way === "GET" || way === "page" ? "GET" : "POST",
    target: way === "OFREP" ? "/ofrep/v1/evaluate/flags" : way === "GET" ? `${DECIDE}?d=${documentOf(plan)}` : DECIDE,
    header: (name) => all[name] ?? null,
    body: Buffer.from(JSON.stringify(body)),
    geo: signal.geo,
    device: null,
    at: input.at,
    newId: () => "drawn",
    known: undefined,
  };
}

function documentOf(plan) {
  if (plan.way === "page") return null; // cookies and a token alone
  return plan.way === "GET" ? encodeURIComponent(JSON.stringify(written(plan).object)) : undefined;
}

/** The cookies and the object that carry a plan's values. */
function written({ values }) {
  const headers = [];
  const object = {};
  for (const { name, path } of input.features) {
    const { value, by } = values[name];
    if (by === "none") continue;
    if (by === "feature") (object.features ??= {})[name] = value;
    else if (path[0] === "cookies") headers.push(`${path[1]}=${value}`);
    else (object[path[0]] ??= {})[path[1]] = value;
  }
  return { headers, object };
}

function bodyOf({ page, response }) {
  return page ?? response.body;
}

function pick(items) {
  return items[Math.floor(random() * items.length)];
}

function mulberry(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
