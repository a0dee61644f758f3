/** `prepare(MODULE, ROWS, WIDTH)`: one row by the forest of the emitted ES module. */

import { pathToFileURL } from "node:url";

import { readRows } from "./rows.mjs";

export async function prepare(modulePath, rowsPath, width) {
  const { forests } = await import(pathToFileURL(modulePath));
  const rows = readRows(rowsPath, Number(width));
  const forest = forests[0];
  const scores = new Float64Array(1);
  const call = (index) => {
    forest(rows[index], scores);
    return scores[0];
  };
  return { call, count: rows.length };
}
