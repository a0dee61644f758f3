/**
 * Decide one request with this artefact: `node decide.mjs [--at MS] [REQUEST.json]`, or the request on standard input.
 *
 * Copied into artefacts as it stands. It needs node 20 or later and nothing else.
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";

import { createHost } from "./host/host.js";
import { parseObject } from "./host/strict_json.js";
import * as program from "./program.js";
import tables from "./tables.js";

process.exitCode = main();

function main() {
  const { path, at } = readArguments();
  if (path === undefined) {
    console.error("usage: node decide.mjs [--at MS] [REQUEST.json]");
    return 2;
  }
  try {
    const content = new Uint8Array(readFileSync(path === "-" ? 0 : path));
    console.log(createHost(tables, program, { target: "javascript" }).decide(parseObject(content), at));
    return 0;
  } catch (error) {
    if (error.code === undefined) throw error;
    console.error(`error[${error.code}] ${path}: ${error.message}`);
    return 1;
  }
}

/** `path` is undefined when the arguments cannot be understood. */
function readArguments() {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { at: { type: "string" } } });
    const at = values.at === undefined ? Date.now() : Number(values.at);
    return Number.isSafeInteger(at) && positionals.length <= 1 ? { path: positionals[0] ?? "-", at } : {};
  } catch {
    return {};
  }
}
