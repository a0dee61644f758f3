/** `prepare(MODEL, ROWS, WIDTH)`: one row by onnxruntime-web on wasm with one thread; the tensor is prepared. */

import * as ort from "onnxruntime-web";

import { readRows } from "./rows.mjs";

export async function prepare(modelPath, rowsPath, width) {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(modelPath, { executionProviders: ["wasm"] });
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  const rows = readRows(rowsPath, Number(width));
  const feeds = rows.map((row) => ({ [input]: new ort.Tensor("float32", Float32Array.from(row), [1, row.length]) }));
  const call = async (index) => (await session.run(feeds[index]))[output].data[0];
  return { call, count: rows.length };
}
