/** node forests.mjs MODULE ROWS: microseconds of one `score_0` over many rows, hot: copy the row in, call, read the score. */

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const ROUNDS = 9;
const CALLS = 200_000;

const [modulePath, rowsPath, inputs] = process.argv.slice(2);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(modulePath)));
const width = Number(inputs);
const heap = exports.heap.value;
const bytes = readFileSync(rowsPath);
const all = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
const rows = all.length / width;
const outputsAt = heap + width * 8;
if (outputsAt + 64 > exports.memory.buffer.byteLength) exports.memory.grow(1);
const row = new Float64Array(exports.memory.buffer, heap, width);
const scores = new Float64Array(exports.memory.buffer, outputsAt, 1);
const views = Array.from({ length: rows }, (_, index) => all.subarray(index * width, (index + 1) * width));

let sum = 0;
function run() {
  const start = performance.now();
  for (let call = 0, index = 0; call < CALLS; call += 1) {
    row.set(views[index]);
    exports.score_0(heap, outputsAt);
    sum += scores[0];
    index = index + 1 === rows ? 0 : index + 1;
  }
  return ((performance.now() - start) * 1000) / CALLS;
}

const times = Array.from({ length: ROUNDS }, run).sort((a, b) => a - b);
console.log(JSON.stringify({ microseconds: times[ROUNDS >> 1], best: times[0], sum }));
