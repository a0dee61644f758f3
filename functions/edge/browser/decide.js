/**
 * The way from a request object to its answer, and no more of the host: what a page has to load, in few bytes.
 *
 * The rules are those of docs/reference/host.md, and the conformance cases hold this file to them, as they do the host. It is
 * apart from the host because the aims differ: the host is written for requests a second and for text from a network; this
 * one for bytes, for one visitor's own requests.
 */

import { encodeFeatures } from "./page_encode.js";
import { hashOf } from "./page_hash.js";
import { isText, own } from "./page_values.js";

const SECOND_SEED = 0x9747b28c;
const NEUTRAL = '"reason":"ERROR","rule":null,"experiment":null,"variation":null,"mode":"neutral"}';

/**
 * Prepare `decide` of the host (host.js), with the same answers.
 * @param {object} tables `page_tables.js` of a browser artefact
 * @param {(vector: Float64Array, codes: Int32Array) => void} decideCodes the `decide` of a program
 * @param {(error: unknown) => void} onError is told of every exception that became a neutral answer
 * @returns {(request: object, at: number) => string}
 */
export function createDecide(tables, decideCodes, onError) {
  const { decisions, payloads } = tables;
  const vector = new Float64Array(tables.width);
  const codes = new Int32Array(tables.codes);

  const names = decisions.map(({ name }) => name);
  // Names of decisions and payloads are plain (docs/reference/registry.schema.json): quotes make JSON of them.
  const entry = ({ name }, outcome, payload, tail) => `"${name}":{"outcome":${outcome},"payload":${payload},${tail}`;
  const fixed = (decision, { payload, tail }) => entry(decision, `"${payloads[payload][0]}"`, payloads[payload][1], tail);
  const joined = (entries, at) => `{"decisions":{${entries}},"registry":"${tables.registry}","at":${at}}`;

  function chosenEntry(decision, index) {
    const leaf = decision.leaves[codes[index]];
    const ranking = decision.rankings?.find((one) => one.leaf === codes[index]);
    if (ranking === undefined) return fixed(decision, leaf);
    const { at, items } = ranking;
    const best = [...codes.subarray(at + 1, at + 1 + codes[at])].map((place) => payloads[items[place]]);
    const listed = best.map(([key, value]) => `{"key":"${key}","value":${value}}`);
    return entry(decision, best[0] ? `"${best[0][0]}"` : null, `{"items":[${listed}]}`, leaf.tail);
  }

  function encode(request, at) {
    vector.fill(NaN);
    encodeFeatures(tables, request, at, vector);
    for (const { name, a, b } of tables.units ?? []) {
      const id = own(own(request, "units"), name);
      if (!isText(id) || id === "") continue;
      vector[a] = hashOf(id, 0); // what is not needed has no place, and goes nowhere
      vector[b] = hashOf(id, SECOND_SEED);
    }
    vector[tables.now] = at;
    for (const clock of tables.clocks ?? []) clock.put(clock, at, vector);
  }

  return (request, at) => {
    const asked = own(request, "decisions");
    if (asked !== undefined && !(Array.isArray(asked) && asked.every((name) => typeof name === "string"))) {
      throw refusal("bad-decisions");
    }
    if (asked?.some((name) => !names.includes(name))) throw refusal("unknown-decision");
    try {
      encode(request, at);
      decideCodes(vector, codes);
      return joined(decisions.map(chosenEntry).filter((_, index) => asked?.includes(names[index]) ?? true), at);
    } catch (error) {
      onError(error);
      return joined(decisions.map((decision) => fixed(decision, { payload: decision.neutral, tail: NEUTRAL })), at);
    }
  };
}

function refusal(code) {
  return Object.assign(Error(code), { code });
}
