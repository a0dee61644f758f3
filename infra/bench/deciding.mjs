/** node deciding.mjs MODULE VECTORS: microseconds of one `decide` over many vectors, hot: copy the vector in, call, read a code. */

import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

const ROUNDS = 9;
const CALLS = 200_000;

const [modulePath, vectorsPath] = process.argv.slice(2);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(modulePath)));
const width = exports.width.value;
const heap = exports.heap.value;
const bytes = readFileSync(vectorsPath);
const vectors = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
const rows = vectors.length / width;
const codesAt = heap + width * 8;
const needed = Math.ceil((codesAt + exports.codes.value * 4 - exports.memory.buffer.byteLength) / 65536);
if (needed > 0) exports.memory.grow(needed);
const vector = new Float64Array(exports.memory.buffer, heap, width);
const codes = new Int32Array(exports.memory.buffer, codesAt, exports.codes.value);
const views = Array.from({ length: rows }, (_, row) => vectors.subarray(row * width, (row + 1) * width));

let sum = 0;
function run() {
  const start = performance.now();
  for (let call = 0, row = 0; call < CALLS; call += 1) {
    vector.set(views[row]);
    exports.decide(heap, codesAt);
    sum += codes[0];
    row = row + 1 === rows ? 0 : row + 1;
  }
  return ((performance.now() - start) * 1000) / CALLS;
}

const times = Array.from({ length: ROUNDS }, run).sort((a, b) => a - b);
console.log(JSON.stringify({ microseconds: times[ROUNDS >> 1], best: times[0], sum }));
