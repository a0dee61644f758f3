/**
 * Decides with the modules of a page, in node: `node decide_lines.mjs FOLDER LINES`. A line of the file is `[request, at]`; its answer is the
 * answer's text as JSON, or the code of an error.
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const load = (name) => import(pathToFileURL(resolve(process.argv[2], name)));
const { createDecide } = await load("decide.js");
const { default: tables } = await load("page_tables.js");
const { decide: decideCodes } = await load("program.js");

const decide = createDecide(tables, decideCodes, (error) => {
  throw error;
});
for (const line of readFileSync(process.argv[3], "utf8").split("\n")) {
  if (line !== "") console.log(JSON.stringify(answer(...JSON.parse(line))));
}

function answer(request, at) {
  try {
    return decide(request, at);
  } catch (error) {
    return error.code ?? String(error.stack);
  }
}
