/** The rows of the tree benchmarks: doubles, one row after the other. */

import { readFileSync } from "node:fs";

export function readRows(path, width) {
  const bytes = readFileSync(path);
  const all = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  return Array.from({ length: all.length / width }, (_, row) => all.subarray(row * width, (row + 1) * width));
}
