/** Edgewise: a request object in, outcomes or the answer's text out; the program is given as wasm or as JavaScript. */

import { createEncoder } from "../../../../decision_engine/hosts/javascript/encode.js";
import { createHost } from "../../../../decision_engine/hosts/javascript/host.js";
import { murmur3Text } from "../../../../decision_engine/hosts/javascript/murmur.js";
import { createWasmEngine } from "../../../../decision_engine/hosts/javascript/wasm_engine.js";

export const visitors = "edgewise";

/**
 * @param {object} documents with `tables`
 * @param {WebAssembly.Module | object} program the wasm module, or the emitted ES module
 */
export function create({ tables }, program) {
  const engine = program instanceof WebAssembly.Module ? createWasmEngine(program) : program;
  const host = createHost(tables, engine);
  return { decide: createDecide(tables, engine), answer: (request) => host.decide(request, Date.now()) };
}

/** What the host does before it writes the answer; outcomes are looked up as the answer's fragments are. */
function createDecide(tables, engine) {
  const { encode } = createEncoder(tables, () => undefined);
  const hash = engine.hash ?? murmur3Text;
  const standing = { vector: new Float64Array(tables.width), codes: new Int32Array(tables.codes) };
  const buffers = engine.buffers ?? (() => standing);
  const outcomes = tables.decisions.map(({ leaves }) => leaves.map(({ outcome }) => JSON.parse(outcome)));
  return (request) => {
    const { vector } = buffers();
    encode(request, null, Date.now(), vector, hash);
    const { codes } = buffers();
    engine.decide(vector, codes);
    const found = new Array(outcomes.length);
    for (let i = 0; i < outcomes.length; i += 1) found[i] = outcomes[i][codes[i]];
    return found;
  };
}
