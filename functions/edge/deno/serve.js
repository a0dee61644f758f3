/**
 * The decisions in Deno: `deno serve --allow-read=. serve.js`, on Deno Deploy the same.
 *
 * With the variable ORIGIN (`https://shop.example`; then also `--allow-env=ORIGIN --allow-net`) every request but
 * Edgewise's own goes to that shop; without it, another path is an ordinary 404. The variable CDN (`--allow-env=ORIGIN,CDN`)
 * names what stands in front, when its headers are to be trusted: `cloudfront`, `cloudflare`, `vercel`, `app-engine` or
 * `akamai`. A shop of inside counts only when EDGEWISE_PRIVATE lists its `HOST:PORT`.
 */

import { createFetch, passTo } from "./fetch_adapter.js";
import { createHost } from "./host.js";
import { shopOf } from "./origins.js";
import tables from "./tables.js";
import { behind } from "./visitor_geo.js";
import { createWasmEngine } from "./wasm_engine.js";

const program = new WebAssembly.Module(Deno.readFileSync(new URL("program.wasm", import.meta.url)));
const host = createHost(tables, createWasmEngine(program), {
  target: "deno",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const origin = shopOf(variable("ORIGIN"), variable("EDGEWISE_PRIVATE"));

export default { fetch: createFetch(host, { ...behind(variable("CDN")), ...(origin === null ? {} : { passOn: passTo(origin) }) }) };

/** A variable, where Deno is allowed to read it. */
function variable(name) {
  return Deno.permissions.querySync({ name: "env", variable: name }).state === "granted" ? Deno.env.get(name) : undefined;
}
