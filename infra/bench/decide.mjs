/** `prepare(MODULE, VECTORS)`: one `decide` of a wasm program: copy the vector in, call, read a code. */

import { readFileSync } from "node:fs";

export function prepare(modulePath, vectorsPath) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(modulePath)));
  const width = exports.width.value;
  const heap = exports.heap.value;
  const bytes = readFileSync(vectorsPath);
  const all = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  const vectors = Array.from({ length: all.length / width }, (_, row) => all.subarray(row * width, (row + 1) * width));
  const codesAt = heap + width * 8;
  const missing = Math.ceil((codesAt + exports.codes.value * 4 - exports.memory.buffer.byteLength) / 65536);
  if (missing > 0) exports.memory.grow(missing);
  const vector = new Float64Array(exports.memory.buffer, heap, width);
  const codes = new Int32Array(exports.memory.buffer, codesAt, exports.codes.value);
  const call = (index) => {
    vector.set(vectors[index]);
    exports.decide(heap, codesAt);
    return codes[0];
  };
  return { call, count: vectors.length };
}
