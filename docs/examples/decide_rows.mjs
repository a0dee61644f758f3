/**
 * A host for the wasm artefact that knows nothing but docs/reference/abi.md: vectors in, codes out.
 *
 *     node decide_rows.mjs program.wasm < vectors.jsonl > codes.jsonl
 *
 * A line is a vector, a list of `width` numbers with null where one is missing; an answer is a list of `codes` integers.
 */

import { readFileSync } from "node:fs";

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(process.argv[2])));
const { memory, abi, ir, width, codes, heap } = exports;
if (abi?.value !== 1 || ir?.value !== 2) {
  console.error(`expected a module of abi 1 and ir 2, found abi ${abi?.value} and ir ${ir?.value}`);
  process.exit(1);
}

const lines = readFileSync(0, "utf8").split("\n").filter((line) => line !== "");
const rows = lines.map((line) => JSON.parse(line));

// The vectors, row by row, and behind them room for the codes: from `heap` on, memory is the host's.
const vectorsAt = heap.value;
const codesAt = vectorsAt + 8 * width.value * rows.length;
const missing = codesAt + 4 * codes.value * rows.length - memory.buffer.byteLength;
if (missing > 0) memory.grow(Math.ceil(missing / 65536));

const view = new DataView(memory.buffer);
rows.forEach((row, r) => {
  if (row.length !== width.value) throw new Error(`expected ${width.value} numbers, found ${row.length}`);
  row.forEach((number, i) => view.setFloat64(vectorsAt + 8 * (r * row.length + i), number ?? NaN, true));
});

exports.decide_rows(vectorsAt, rows.length, codesAt);

rows.forEach((_, r) => {
  const row = Array.from({ length: codes.value }, (_, i) => view.getInt32(codesAt + 4 * (r * codes.value + i), true));
  console.log(JSON.stringify(row));
});
