/**
 * What the edge asks the cloud: the decisions that are unsure, with what it decided, and the features that they were decided
 * by. The contract is decision_engine/rerank_contract.py.
 *
 * Nothing else of a request is sent: features by name, with the values that were served, and none that is denied; ids of
 * those units only that the policy lists.
 */

import { isUnit } from "./encode.js";
import { own, ownObject } from "./objects.js";

/** The version of the contract. */
export const CONTRACT = 1;

/** The longest question, in characters; nobody asks a longer one. */
export const LONGEST_QUESTION = 65536;

/**
 * @typedef {object} Asked one decision that asks
 * @property {number} number its place in the registry's order
 * @property {string} name
 * @property {number} code of its leaf
 * @property {number} within ms
 */

/**
 * @typedef {object} Choice what a decision knows for an answer
 * @property {string} name
 * @property {Map<string, number>} outcomes payloads by key
 * @property {Map<number, {top: number, items: Map<string, number>}>} rankings by leaf
 */

/**
 * Prepare what the decisions of a registry can answer.
 * @param {object} tables
 * @returns {(number: number) => Choice}
 */
export function createChoices({ decisions }) {
  const known = [];
  return (number) => (known[number] ??= choiceOf(decisions[number]));
}

/**
 * Write a question but for its end, which differs from request to request: equal questions have equal texts.
 * @param {string} registry
 * @param {Asked[]} asked
 * @param {(number: number) => Choice} choiceAt
 * @param {import("./leaves.js").Leaf[]} leaves of the asked decisions, in their order
 * @param {{name: string, value: unknown, status: string}[]} readings the features as served
 * @param {object} given units by name
 * @param {string[]} units the ones that are sent
 * @returns {string}
 */
export function writeQuestion(registry, asked, choiceAt, leaves, readings, given, units) {
  const decisions = { __proto__: null };
  for (let i = 0; i < asked.length; i += 1) {
    const { number, name, code } = asked[i];
    const { outcome, payload, rule } = leaves[i];
    const ranking = choiceAt(number).rankings.get(code);
    decisions[name] =
      ranking === undefined
        ? { rule, outcome }
        : { rule, outcome, items: itemsOf(payload), top: ranking.top, candidates: [...ranking.items.keys()] };
  }
  const features = { __proto__: null };
  for (let i = 0; i < readings.length; i += 1) {
    const { name, value, status } = readings[i];
    if (value !== undefined && value !== null && status !== "denied") features[name] = plain(value);
  }
  const ids = { __proto__: null };
  for (let i = 0; i < units.length; i += 1) {
    const id = own(given, units[i]);
    if (isUnit(id)) ids[units[i]] = id;
  }
  return JSON.stringify({ contract: CONTRACT, registry, decisions, features, units: ids }).slice(0, -1);
}

/**
 * The whole question.
 * @param {string} text of `writeQuestion`
 * @param {number} at ms UTC
 * @param {number} deadline ms
 * @returns {string}
 */
export function finishQuestion(text, at, deadline) {
  return `${text},"at":${at},"deadline_ms":${deadline}}`;
}

/**
 * The units of a request object.
 * @param {object | null} request
 * @returns {object | undefined}
 */
export function unitsOf(request) {
  return ownObject(request, "units");
}

function choiceOf({ name, leaves, rankings }) {
  const ranked = new Set(rankings.map(({ leaf }) => leaf));
  const shown = leaves.filter(({ payload }, code) => payload !== null && !ranked.has(code));
  return {
    name: JSON.parse(name),
    outcomes: new Map(shown.map(({ outcome, payload }) => [JSON.parse(outcome), payload])),
    rankings: new Map(rankings.map(({ leaf, top, items }) => [leaf, { top, items: payloadsOf(items) }])),
  };
}

function payloadsOf(items) {
  return new Map(items.map(({ outcome, payload }) => [JSON.parse(outcome), payload]));
}

function itemsOf(payload) {
  return JSON.parse(payload).items.map(({ key }) => key);
}

/** A value as JSON has it: tags as a sorted list. */
function plain(value) {
  return value instanceof Set ? [...value].sort() : value;
}
