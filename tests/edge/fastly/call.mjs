/**
 * Sends requests to the Fastly worker in node: `node --import shims.mjs call.mjs FOLDER`. A line of JSON is `{"method", "url",
 * "headers", "body", "address"}`; its answer is `{"status", "headers", "body"}`. The backend `origin` says what it was asked.
 */

import { resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

let listener;
globalThis.addEventListener = (type, found) => {
  if (type === "fetch") listener = found;
};
globalThis.fetch = async (request, { backend }) => new Response(`${backend}: ${request.method} ${request.url}`);
await import(pathToFileURL(resolve(process.argv[2], "worker.js")));

for await (const line of createInterface({ input: process.stdin })) {
  const response = await send(JSON.parse(line));
  const found = { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  process.stdout.write(`${JSON.stringify(found)}\n`);
}

function send({ address, url, ...options }) {
  const request = new Request(url, options);
  return new Promise((settle) => listener({ request, client: { address }, respondWith: settle }));
}
