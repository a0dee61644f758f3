/** `prepare(MODULE, ROWS, WIDTH)`: one row by m2cgen's `score`, which reads an ordinary array fastest. */

import { pathToFileURL } from "node:url";

import { readRows } from "./rows.mjs";

export async function prepare(modulePath, rowsPath, width) {
  const { score } = await import(pathToFileURL(modulePath));
  const rows = readRows(rowsPath, Number(width)).map((row) => [...row]);
  return { call: (index) => score(rows[index]), count: rows.length };
}
