/** From a feature's value to its elements of the vector (docs/reference/host.md, "Vector"). */

import { prepareAutomaton } from "./automata.js";
import { parseVersion, rankVersion } from "./versions.js";

/**
 * Prepare the elements of a feature.
 * @param {{type: string, inputs: object[]}} feature as in the tables
 * @param {object[]} automata
 * @returns {(vector: Float64Array, value: import("./values.js").Value) => void} writes all elements of a present value
 */
export function prepareWriter({ type, inputs }, automata) {
  const writers = inputs.map((input) => prepareElement(type, input, automata));
  if (writers.length === 1) return writers[0];
  return (vector, value) => {
    for (let i = 0; i < writers.length; i += 1) writers[i](vector, value);
  };
}

function prepareElement(type, input, automata) {
  const { at, kind } = input;
  if (kind === "number" && (type === "number" || type === "timestamp")) {
    return (vector, value) => {
      vector[at] = value;
    };
  }
  const measure = prepareMeasure(type, input, automata);
  return (vector, value) => {
    vector[at] = measure(value);
  };
}

function prepareMeasure(type, input, automata) {
  switch (input.kind) {
    case "number":
      return numberMeasure(type);
    case "level":
      return levelMeasure(input.levels);
    case "tag":
      return (tags) => (tags.has(input.tag) ? 1 : 0);
    // Both texts are well formed, so comparing UTF-16 units is comparing code points.
    case "starts_with":
      return (text) => (text.startsWith(input.operand) ? 1 : 0);
    case "ends_with":
      return (text) => (text.endsWith(input.operand) ? 1 : 0);
    case "contains":
      return (text) => (text.includes(input.operand) ? 1 : 0);
    case "below":
      return (text) => (text < input.operand ? 1 : 0);
    case "above":
      return (text) => (text > input.operand ? 1 : 0);
    case "matches":
      return matchMeasure(automata[input.automaton]);
    case "version":
      return versionMeasure(input.versions);
    default:
      throw new Error(`expected a kind of input, found \`${input.kind}\``);
  }
}

function numberMeasure(type) {
  if (type === "bool") return (value) => (value ? 1 : 0);
  if (type === "tags") return (tags) => tags.size;
  return () => 1;
}

function levelMeasure(levels) {
  const indices = new Map(levels.map((level, index) => [level, index]));
  return (text) => indices.get(text) ?? levels.length;
}

function matchMeasure(automaton) {
  const matches = prepareAutomaton(automaton);
  return (text) => (matches(text) ? 1 : 0);
}

function versionMeasure(texts) {
  const versions = texts.map(parseVersion);
  return (text) => rankVersion(parseVersion(text), versions);
}
