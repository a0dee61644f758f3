/**
 * The decisions in Deno: `deno serve --allow-read=. serve.js`, on Deno Deploy the same.
 *
 * With the variable ORIGIN (`https://shop.example`; then also `--allow-env=ORIGIN --allow-net`) every request but
 * Edgewise's own goes to that shop; without it, another path is an ordinary 404.
 */

import { createFetch, passTo } from "./fetch_adapter.js";
import { createHost } from "./host.js";
import tables from "./tables.js";
import { createWasmEngine } from "./wasm_engine.js";

const program = new WebAssembly.Module(Deno.readFileSync(new URL("program.wasm", import.meta.url)));
const host = createHost(tables, createWasmEngine(program), {
  target: "deno",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const origin = Deno.permissions.querySync({ name: "env", variable: "ORIGIN" }).state === "granted" && Deno.env.get("ORIGIN");

export default { fetch: createFetch(host, origin ? { passOn: passTo(origin) } : {}) };
