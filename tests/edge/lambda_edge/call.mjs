/**
 * Calls a Lambda@Edge function in node, as the service does: `node call.mjs FOLDER`. A line of JSON is
 * `{"event": ...}`; its answer is what the handler gives, or `{"error": ...}` when it throws.
 */

import { resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(resolve(process.argv[2], "handler.mjs")));

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await call(JSON.parse(line).event))}\n`);
}

async function call(event) {
  try {
    return { result: (await handler(event)) ?? null };
  } catch (error) {
    return { error: String(error.stack) };
  }
}
