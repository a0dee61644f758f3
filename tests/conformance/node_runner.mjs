/**
 * Decides requests with compiled programs in node: lines of JSON in, lines of JSON out.
 *
 *     node node_runner.mjs HOST
 *
 * HOST is the folder of the JavaScript host. A line is `{"program": FOLDER, "engine": "javascript"|"wasm", "cases": [[request, at], ...]}`
 * and its answer a list with the text of each answer, or `error: CODE`. A program that cannot be loaded answers `{"error": ...}`.
 */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${resolve(process.argv[2])}/`);
const { createHost } = await import(new URL("host.js", folder));
const { createWasmEngine } = await import(new URL("wasm_engine.js", folder));

const ENGINES = {
  javascript: (program) => import(pathToFileURL(resolve(program, "program.js"))),
  wasm: async (program) => createWasmEngine(new WebAssembly.Module(await readFile(resolve(program, "program.wasm")))),
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answerLine(JSON.parse(line)))}\n`);
}

async function answerLine({ program, engine, cases }) {
  try {
    const tables = JSON.parse(await readFile(resolve(program, "tables.json"), "utf8"));
    const faults = [];
    const host = createHost(tables, await ENGINES[engine](program), { onError: (error) => faults.push(error) });
    return cases.map(([request, at]) => answer(host, faults, request, at));
  } catch (error) {
    return { error: String(error.stack) };
  }
}

/** An exception inside, which the host turns into the neutral answer, counts as an error here. */
function answer(host, faults, request, at) {
  faults.length = 0;
  try {
    const text = host.decide(request, at);
    return faults.length === 0 ? text : `error: ${faults[0].stack}`;
  } catch (error) {
    return `error: ${error.code ?? error.stack}`;
  }
}
