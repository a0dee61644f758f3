/** A contender of the rules in node: `prepare(FORM, MODULE, DOCUMENTS, PROGRAM)`, where FORM is `decide` or `answer`. */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

export async function prepare(form, modulePath, documentsPath, programPath) {
  const { create, visitors } = await import(pathToFileURL(modulePath));
  const documents = JSON.parse(readFileSync(documentsPath, "utf8"));
  const run = create(documents, await load(programPath))[form];
  const all = documents.visitors[visitors];
  return { call: (index) => run(all[index]), count: all.length };
}

function load(path) {
  if (path === undefined) return undefined;
  return path.endsWith(".wasm") ? new WebAssembly.Module(readFileSync(path)) : import(pathToFileURL(path));
}
