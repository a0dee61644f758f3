/**
 * The decisions in Bun: `bun run serve.js`; the variable PORT names the port, 3000 by default.
 *
 * With the variable ORIGIN (`https://shop.example`) every request but Edgewise's own goes to that shop; without it,
 * another path is an ordinary 404.
 */

import { createFetch, passTo } from "./fetch_adapter.js";
import { createHost } from "./host.js";
import tables from "./tables.js";
import { createWasmEngine } from "./wasm_engine.js";

const program = new WebAssembly.Module(await Bun.file(new URL("program.wasm", import.meta.url)).arrayBuffer());
const host = createHost(tables, createWasmEngine(program), {
  target: "bun",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const origin = process.env.ORIGIN;

export default { fetch: createFetch(host, origin ? { passOn: passTo(origin) } : {}) };
