/**
 * Runs the host in node, for tests, `edgewise decide` and `edgewise replay`: lines of JSON in, lines of JSON out.
 *
 *     node runner.mjs [ARTEFACT] [--engine javascript|wasm]
 *
 * ARTEFACT is a folder with tables.json and program.js or program.wasm; where it has a host.js, that is the host, else the
 * one beside this file. A line is `{"id":...}` with the members of one operation of `OPERATIONS`; its answer has the same
 * `id`, and `error` where the operation failed. Numbers that must be exact are the 16 hexadecimal digits of their bits.
 */

import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { prepareAutomaton } from "./automata.js";
import { parseCookies, readCookieValue } from "./cookies.js";
import { createHost } from "./host.js";
import { murmur3 } from "./murmur.js";
import { parseObject } from "./strict_json.js";
import { parseTimestamp } from "./timestamps.js";
import { prepareAcceptor } from "./values.js";
import { compareVersions, parseVersion, rankVersion } from "./versions.js";
import { createWasmEngine } from "./wasm_engine.js";

const bits = new DataView(new ArrayBuffer(8));

/** Each takes the members of a line and gives those of its answer; the first whose name is a member is meant. */
const OPERATIONS = {
  /** `request`, `at`: the answer's text. */
  request: ({ request, at }, { host }) => ({ answer: host.decide(request, at) }),
  /** `encode` (a request), `at`: the vector, and name, status and age of each feature. */
  encode: ({ encode, at }, { host }) => ({
    vector: Array.from(host.encode(encode, at), toHex),
    features: host.read(encode, at).map(({ name, status, age }) => [name, status, age]),
  }),
  /** `read` (a request), `at`: each feature as served. */
  read: ({ read, at }, { host }) => ({
    served: host.read(read, at).map((one) => ({ ...one, value: exact(one.value) })),
  }),
  /** `scores: {model, rows, outputs}`: the raw outputs of a forest, row by row; numbers in hexadecimal both ways. */
  scores: ({ scores }, { score }) => ({ scores: scores.rows.map((row) => scoreRow(scores, row, score)) }),
  /**
   * `view`: the body that `host.view` gives for a request as of `http`, and the text of its object, or null.
   * `http`: a response. The request's body is hexadecimal; `new_id` is the id of a new visitor, and fails when absent.
   * After `load`, `vector` is what the engine was given.
   */
  view: ({ view }, current) => ({ view: current.host.view(httpRequest(view), view.document) }),
  http: ({ http }, current) => {
    current.vector = undefined;
    return { response: current.host.respond(httpRequest(http)), vector: current.vector };
  },
  /**
   * `load: {tables, codes, target}`: from now on a host whose engine always gives `codes`, and -1 for those that lack,
   * or throws when `codes` is null.
   */
  load: ({ load }, current) => {
    current.host = createHost(load.tables, constantEngine(load.codes, current), { target: load.target });
    return {};
  },
  strict_json: ({ strict_json: hex }) => ({ value: exact(parseObject(fromHex(hex))) }),
  timestamp: ({ timestamp }) => ({ ms: parseTimestamp(timestamp) ?? null }),
  version: ({ version, among }) => versionAnswer(parseVersion(version), among),
  murmur: ({ murmur, seed }) => ({ hash: murmur3(fromHex(murmur), murmur.length / 2, seed) }),
  cookies: ({ cookies }) => ({ cookies: readCookies(cookies) }),
  automaton: ({ automaton, texts }) => ({ matches: texts.map(prepareAutomaton(automaton)) }),
  accept: ({ accept, raw }) => ({ value: exact(prepareAcceptor(accept)(raw)) }),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: "string", default: "wasm" } },
});
const current = positionals.length === 0 ? {} : await open(resolve(positionals[0]), values.engine);
process.stdin.setEncoding("utf8");
let rest = "";
for await (const chunk of process.stdin) {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  const answers = lines.filter((line) => line !== "").map((line) => `${JSON.stringify(run(JSON.parse(line)))}\n`);
  process.stdout.write(answers.join(""));
}

async function open(folder, engineName) {
  const tables = JSON.parse(await readFile(join(folder, "tables.json"), "utf8"));
  const names = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  const modules = await copyModules(folder, names);
  const load = (name) => import(pathToFileURL(join(modules, name)));
  try {
    const create = names.includes("host.js") ? (await load("host.js")).createHost : createHost;
    const { engine, score } = engineName === "wasm" ? await openWasm(folder) : openProgram(await load("program.js"));
    return { host: create(tables, engine), score };
  } finally {
    await rm(modules, { recursive: true });
  }
}

/** Copy an artefact's modules to where node takes them for modules; without a package.json it would not. */
async function copyModules(folder, names) {
  const copy = await mkdtemp(join(tmpdir(), "edgewise-"));
  await writeFile(join(copy, "package.json"), '{"type":"module"}');
  await Promise.all(names.map((name) => copyFile(join(folder, name), join(copy, name))));
  return copy;
}

async function openWasm(folder) {
  const engine = createWasmEngine(new WebAssembly.Module(await readFile(join(folder, "program.wasm"))));
  return { engine, score: engine.score };
}

function openProgram(program) {
  return { engine: program, score: (forest, inputs, outputs) => program.forests[forest](inputs, outputs) };
}

function run(line) {
  const name = Object.keys(OPERATIONS).find((operation) => Object.hasOwn(line, operation));
  try {
    if (name === undefined) throw new Error("expected an operation");
    return { id: line.id, ...OPERATIONS[name](line, current) };
  } catch (error) {
    return { id: line.id, error: { code: error.code ?? "exception", message: error.message } };
  }
}

function scoreRow({ model, outputs = 1 }, row, score) {
  const found = new Float64Array(outputs);
  score(model, Float64Array.from(row, fromBits), found);
  return Array.from(found, toHex);
}

function httpRequest({ method, target, headers = {}, body = "", geo, device, cdn, at, new_id: newId }) {
  return {
    method,
    target,
    header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
    body: fromHex(body),
    geo,
    device,
    cdn,
    at,
    newId: () => newId ?? fail("no new id"),
  };
}

function constantEngine(codes, current) {
  return {
    decide(vector, found) {
      current.vector = Array.from(vector, toHex);
      if (codes === null) fail("the engine fails");
      found.fill(-1).set(codes);
    },
  };
}

function readCookies(header) {
  const pairs = [...parseCookies(header)].map(([name, raw]) => [name, readCookieValue(raw)]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
}

function versionAnswer(version, among) {
  if (version === undefined) return { valid: false };
  if (among === undefined) return { valid: true };
  const versions = among.map(parseVersion);
  const order = versions.map((other) => compareVersions(version, other));
  return { valid: true, rank: rankVersion(version, versions), order };
}

/** A value in which every number is `{"f64": bits}`, and a set a list; undefined is null. */
function exact(value) {
  if (typeof value === "number") return { f64: toHex(value) };
  if (value instanceof Set) return [...value];
  if (Array.isArray(value)) return value.map(exact);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(Object.keys(value).map((key) => [key, exact(value[key])]));
}

function toHex(number) {
  bits.setFloat64(0, number);
  return bits.getUint32(0).toString(16).padStart(8, "0") + bits.getUint32(4).toString(16).padStart(8, "0");
}

function fromBits(hex) {
  bits.setUint32(0, Number.parseInt(hex.slice(0, 8), 16));
  bits.setUint32(4, Number.parseInt(hex.slice(8), 16));
  return bits.getFloat64(0);
}

function fromHex(hex) {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function fail(message) {
  throw new Error(message);
}
