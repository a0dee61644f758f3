/** The Lambda@Edge function in Node: `handler.handler`, prepared while the instance starts. */

import { readFileSync } from "node:fs";

import { createHandler } from "./events.js";
import { createHost } from "./host.js";
import tables from "./tables.js";
import { createWasmEngine } from "./wasm_engine.js";

const program = new WebAssembly.Module(readFileSync(new URL("program.wasm", import.meta.url)));
const onError = (error) => console.error("edgewise: served the neutral answer:", String(error));

export const handler = createHandler(createHost(tables, createWasmEngine(program), { target: "lambda-edge-node", onError }));
