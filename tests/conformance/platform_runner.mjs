/**
 * Sends requests through a platform's own adapter, with compiled programs behind it: lines of JSON in, lines of JSON out.
 *
 *     node platform_runner.mjs HOST ADAPTER        (or deno, or bun)
 *
 * HOST is the folder of the JavaScript host and of the adapters; ADAPTER is one of `ADAPTERS`. A line is
 * `{"program": FOLDER, "cases": [[body, at], ...]}`, each body the text of a request object that is posted, and its answer a
 * list of `[status, text]`. A program that cannot be loaded answers `{"error": ...}`.
 */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , folderName, adapterName] = process.argv;
const folder = pathToFileURL(`${resolve(folderName)}/`);
const { createHost } = await import(new URL("host.js", folder));
const { createWasmEngine } = await import(new URL("wasm_engine.js", folder));
const PATH = "/.edgewise/decide";

/** Each makes, of a host and a clock, what posts a body. */
const ADAPTERS = {
  async fetch(host, clock) {
    const { createFetch } = await import(new URL("fetch_adapter.js", folder));
    const answer = createFetch(host, { clock });
    return async (body) => {
      const response = await answer(new Request(`http://shop.example${PATH}`, { method: "POST", body }));
      return [response.status, await response.text()];
    };
  },
  async lambda(host, clock) {
    const { createHandler } = await import(new URL("events.js", folder));
    const handler = createHandler(host, clock);
    return async (body) => {
      const { status, body: text } = await handler(eventOf(body));
      return [Number(status), text];
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answerLine(JSON.parse(line)))}\n`);
}

async function answerLine({ program, cases }) {
  try {
    const tables = JSON.parse(await readFile(resolve(program, "tables.json"), "utf8"));
    const engine = createWasmEngine(new WebAssembly.Module(await readFile(resolve(program, "program.wasm"))));
    const faults = [];
    let now = 0;
    const host = createHost(tables, engine, { onError: (error) => faults.push(error) });
    const post = await ADAPTERS[adapterName](host, () => now);
    const answers = [];
    for (const [body, at] of cases) {
      now = at;
      answers.push(await post(body));
    }
    return faults.length === 0 ? answers : { error: String(faults[0].stack) };
  } catch (error) {
    return { error: String(error.stack) };
  }
}

/** An origin-request event of CloudFront, with its body. */
function eventOf(body) {
  const data = Buffer.from(body).toString("base64");
  const request = {
    clientIp: "203.0.113.178",
    method: "POST",
    uri: PATH,
    querystring: "",
    headers: { host: [{ key: "Host", value: "shop.example" }] },
    body: { inputTruncated: false, action: "read-only", encoding: "base64", data },
  };
  return { Records: [{ cf: { config: { eventType: "origin-request" }, request } }] };
}
