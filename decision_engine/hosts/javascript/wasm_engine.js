/** A program as WebAssembly, ABI 1: the vector is written, and ids are hashed, where the module reads them. */

const ABI = 1;
const IR = 2;
const PAGE = 65536;
const FIRST_ROOM = 16384;
const SHORT = 64;
const BEHIND = 16; // bytes behind a text that the module may touch

/**
 * @typedef {(forest: number, inputs: Float64Array, outputs: Float64Array) => void} Score
 */

/**
 * Instantiate a module and wrap it as the engine of a host. Throws on a module of another ABI or IR version.
 * @param {WebAssembly.Module} module
 * @returns {import("./host.js").Engine & {score: Score}} `score` gives the raw outputs of one forest
 */
export function createWasmEngine(module) {
  const { exports } = new WebAssembly.Instance(module, {});
  checkVersion("abi", exports.abi?.value, ABI);
  checkVersion("ir", exports.ir?.value, IR);
  const { memory } = exports;
  const width = exports.width.value;
  const codes = exports.codes.value;
  const vectorAt = exports.heap.value;
  const codesAt = vectorAt + 8 * width;
  const textAt = codesAt + 8 * codes;
  const encoder = new TextEncoder();
  let views;
  let room;
  let marks; // of what the module read
  let written = 0;
  let last = "";
  makeRoom(FIRST_ROOM);

  /** Have `bytes` free bytes at `textAt`; views end with the memory that they look at, so they are made anew. */
  function makeRoom(bytes) {
    const missing = textAt + bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    const { buffer } = memory;
    views = { vector: new Float64Array(buffer, vectorAt, width), codes: new Int32Array(buffer, codesAt, codes) };
    room = new Uint8Array(buffer, textAt);
    if (exports.read !== undefined) marks = new Uint8Array(buffer, exports.marks.value, vectorAt - exports.marks.value);
  }

  function decide(vector, found) {
    if (vector !== views.vector) views.vector.set(vector);
    exports.decide(vectorAt, codesAt);
    if (found !== views.codes) found.set(views.codes);
  }

  /** The text of the call before is still there: an id is hashed with two seeds, one after the other. */
  function hash(text, seed) {
    if (text !== last) {
      if (text.length * 3 > room.length) makeRoom(text.length * 3);
      written = writeShortAscii(text, room) ? text.length : encoder.encodeInto(text, room).written;
      last = text;
    }
    return exports.hash(textAt, written, seed) >>> 0;
  }

  function read(text, at) {
    if (text.length + BEHIND > room.length) return null;
    last = "";
    written = 0;
    const { read: taken, written: length } = encoder.encodeInto(text, room);
    return taken === length && exports.read(textAt, length, at, vectorAt) === 1 ? marks : null;
  }

  function score(forest, inputs, outputs) {
    const outputsAt = textAt + 8 * inputs.length;
    makeRoom(8 * (inputs.length + outputs.length));
    last = "";
    written = 0;
    new Float64Array(memory.buffer, textAt, inputs.length).set(inputs);
    exports[`score_${forest}`](textAt, outputsAt);
    outputs.set(new Float64Array(memory.buffer, outputsAt, outputs.length));
  }

  const buffers = () => views;
  return { width, codes, decide, hash, score, buffers, read: exports.read === undefined ? undefined : read };
}

/** Ids are mostly short ASCII, which a loop writes in less time than a call of the runtime takes to begin. */
function writeShortAscii(text, room) {
  const { length } = text;
  if (length > SHORT) return false;
  for (let i = 0; i < length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    room[i] = unit;
  }
  return true;
}

function checkVersion(name, found, expected) {
  if (found !== expected) throw new Error(`expected a module of ${name} version ${expected}, found ${found ?? "none"}`);
}
