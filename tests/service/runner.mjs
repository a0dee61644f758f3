/**
 * Runs a service in node: lines of JSON in, lines of JSON out.
 *
 *     node runner.mjs FOLDER
 *
 * FOLDER has tables.json and program.wasm. `open: {keys, kv, killed, withdrawn}` starts a service; `http` is a request, answered by the
 * routes, and as the worker's page view where it is one: both must say the same.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

const HOST = new URL("../../decision_engine/hosts/javascript/", import.meta.url);
const load = (name) => import(new URL(name, HOST));
const { createHost } = await load("host.js");
const { createService } = await load("service.js");
const { createWasmEngine } = await load("wasm_engine.js");
const { readKeys } = await load("keys.js");
const { createGate } = await load("consent_stage.js");
const { createProfileStage } = await load("service_profile.js");
const { createHybridStage } = await load("service_hybrid.js");
const { createRecordStage } = await load("service_records.js");

const DECIDE = "/.edgewise/decide";
const STAGES = { createGate, createProfileStage };
const MORE = { hybrid: { createHybridStage }, modes: { createHybridStage }, records: { createRecordStage } };
const folder = process.argv[2];
const tables = JSON.parse(await readFile(join(folder, "tables.json"), "utf8"));
const module = new WebAssembly.Module(await readFile(join(folder, "program.wasm")));
const host = createHost(tables, createWasmEngine(module), { target: "test" });
let service = open({});

for await (const line of createInterface({ input: process.stdin })) {
  const operation = JSON.parse(line);
  if (operation.open !== undefined) {
    service = open(operation.open);
    process.stdout.write("{}\n");
  } else process.stdout.write(`${JSON.stringify(await ask(operation.http))}\n`);
}

function open({ keys, kv, killed, withdrawn, release, cloud, fails }) {
  const configured = Object.entries(MORE).filter(([name]) => (tables.service[name] ?? null) !== null);
  const stages = Object.assign({}, STAGES, ...configured.map(([, made]) => made));
  if (fails !== undefined) stages[fails] = () => ({ name: fails, run: () => Promise.reject(new Error("a test's failure")) });
  return createService(tables, host, stages, {
    keys: readKeys(keys === undefined ? null : JSON.stringify(keys)),
    clock: () => 0,
    monotonic: () => 0,
    random: () => 0.5,
    newId: () => "00000000-0000-4000-8000-000000000000",
    timers: { now: () => 0, set: (call, ms) => setTimeout(call, ms), clear: clearTimeout },
    release: release === undefined ? undefined : () => release,
    ask: cloud === undefined ? null : async (body) => new Response(answerOf(JSON.parse(body), cloud)),
    kv: kv === undefined ? null : { get: async (key) => kv[key] ?? null },
    killed: killed === true,
    standingOf: withdrawn === undefined ? null : (name) => withdrawn[name] ?? { stopped: null, epoch: 0 },
    onError: fails === undefined ? (error, stage) => process.stderr.write(`${stage}: ${error.stack}\n`) : undefined,
  });
}

/** The cloud turns rankings around, or says nonsense. */
function answerOf({ registry, decisions }, cloud) {
  if (cloud !== "reversed") return cloud;
  const found = Object.entries(decisions).map(([name, one]) => [name, one.items === undefined ? one : { items: one.items.reverse() }]);
  return JSON.stringify({ contract: 1, registry, decisions: Object.fromEntries(found) });
}

async function ask(http) {
  const trail = await service.serve(requestOf(http), null);
  const found = { ...shown(trail), mode: trail.mode, failures: service.counters.service };
  const { method, target } = http;
  if (method === "GET" && (target === DECIDE || target.startsWith(`${DECIDE}?d=`))) {
    const document = target === DECIDE ? null : target.slice(DECIDE.length + 3);
    const viewed = shown(await service.serve(requestOf(http), null, document));
    if (viewed.isPage) found.page = viewed.body;
  }
  return found;
}

function shown({ page, response, gate, known }) {
  const { status, headers, body } = response ?? { status: 200, headers: {}, body: page };
  const rulings = gate === null ? null : gate.rulings.map(({ purpose, allowed, basis }) => [purpose, allowed, basis]);
  return { status, cookie: headers["set-cookie"] ?? null, body, rulings, features: known.features, isPage: page !== null };
}

function requestOf({ method, target, headers = {}, body = "", geo = null, at, new_id: newId = "drawn" }) {
  return {
    method,
    target,
    header: (name) => (Object.hasOwn(headers, name) ? headers[name] : null),
    body: Buffer.from(body, "utf8"),
    geo,
    device: null,
    at,
    newId: () => newId,
    known: undefined,
  };
}
