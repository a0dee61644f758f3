/** `prepare(MODULE, ROWS, WIDTH)`: one row by `score_0`: copy the row in, call, read the score. */

import { readFileSync } from "node:fs";

import { readRows } from "./rows.mjs";

export function prepare(modulePath, rowsPath, width) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(modulePath)));
  const rows = readRows(rowsPath, Number(width));
  const heap = exports.heap.value;
  const outputsAt = heap + width * 8;
  if (outputsAt + 64 > exports.memory.buffer.byteLength) exports.memory.grow(1);
  const row = new Float64Array(exports.memory.buffer, heap, Number(width));
  const scores = new Float64Array(exports.memory.buffer, outputsAt, 1);
  const call = (index) => {
    row.set(rows[index]);
    exports.score_0(heap, outputsAt);
    return scores[0];
  };
  return { call, count: rows.length };
}
