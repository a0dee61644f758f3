/**
 * The decisions in Bun: `bun run serve.js`; the variable PORT names the port, 3000 by default.
 *
 * With the variable ORIGIN (`https://shop.example`) every request but Edgewise's own goes to that shop; without it,
 * another path is an ordinary 404. The variable CDN names what stands in front, when its headers are to be trusted:
 * `cloudfront`, `cloudflare`, `vercel`, `app-engine` or `akamai`. A shop of inside counts only when EDGEWISE_PRIVATE lists
 * its `HOST:PORT`.
 */

import { createFetch, passTo } from "./fetch_adapter.js";
import { createHost } from "./host.js";
import { shopOf } from "./origins.js";
import tables from "./tables.js";
import { behind } from "./visitor_geo.js";
import { createWasmEngine } from "./wasm_engine.js";

const program = new WebAssembly.Module(await Bun.file(new URL("program.wasm", import.meta.url)).arrayBuffer());
const host = createHost(tables, createWasmEngine(program), {
  target: "bun",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const { CDN: cdn, EDGEWISE_PRIVATE: listed, ORIGIN: shop } = process.env;
const origin = shopOf(shop, listed);

export default { fetch: createFetch(host, { ...behind(cdn), ...(origin === null ? {} : { passOn: passTo(origin) }) }) };
