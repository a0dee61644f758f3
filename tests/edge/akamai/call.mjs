/**
 * Sends requests to the EdgeWorker in node: `node --import shims.mjs call.mjs FOLDER`. A line of JSON has the members of the
 * request object, with headers as lists by lower-case name and the body as text; its answer is what it responds.
 */

import { resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// What EdgeWorkers do not have: everything but the language itself.
for (const name of ["TextDecoder", "TextEncoder", "URL", "URLSearchParams", "WebAssembly", "crypto", "fetch", "Headers", "Response"]) {
  delete globalThis[name];
}
const { responseProvider } = await import(pathToFileURL(resolve(process.argv[2], "main.js")));

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await call(JSON.parse(line)))}\n`);
}

async function call({ headers = {}, body = "", ...members }) {
  try {
    return await responseProvider({
      ...members,
      getHeader: (name) => headers[name.toLowerCase()] ?? null,
      getHeaders: () => headers,
      arrayBuffer: async () => new Uint8Array(Buffer.from(body, "utf8")).buffer,
    });
  } catch (error) {
    return { error: String(error.stack) };
  }
}
