/**
 * A page's observations in node: `node visitor_lines.mjs FOLDER LINES`, where each line is a navigator; the outcomes of the
 * release in FOLDER for an empty request, one line each.
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, lines] = process.argv.slice(2);
const base = pathToFileURL(`${folder}/`);
globalThis.document = { cookie: "" };
globalThis.location = { search: "" };
const { createEdgewise } = await import(new URL("edgewise.js", base));
const { observePage } = await import(new URL("page.js", base));

for (const line of readFileSync(lines, "utf8").split("\n").filter(Boolean)) {
  Object.defineProperty(globalThis, "navigator", { value: JSON.parse(line), configurable: true });
  const { decisions } = createEdgewise({ observed: observePage() }).decide();
  const told = Object.entries(decisions).map(([name, { outcome }]) => [name, outcome]);
  console.log(JSON.stringify({ outcomes: Object.fromEntries(told), now: Date.now() }));
}
