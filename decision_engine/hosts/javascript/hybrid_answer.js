/**
 * What the cloud may answer: strict JSON of the contract, of this registry, about decisions that were asked, with outcomes and
 * candidates that they have. One thing that is not so, and the whole answer counts for nothing.
 */

import { isRequestError } from "./errors.js";
import { objectOf } from "./objects.js";
import { CONTRACT } from "./hybrid_question.js";
import { decodeUtf8, parseObjectText } from "./strict_json.js";

const LONGEST_NAME = 128;
const MEMBERS = ["contract", "registry", "decisions", "model"];

/**
 * @typedef {object} Answer
 * @property {string | null} reason why it counts for nothing; null when it counts
 * @property {Map<string, string | string[]>} decisions an outcome's key, or those of a ranking, by decision; at most those
 *   that were asked
 */

/**
 * Read an answer; nothing is thrown.
 * @param {Uint8Array} bytes
 * @param {string} registry
 * @param {import("./hybrid_question.js").Asked[]} asked
 * @param {(number: number) => import("./hybrid_question.js").Choice} choiceAt
 * @returns {Answer}
 */
export function readAnswer(bytes, registry, asked, choiceAt) {
  let found;
  try {
    found = parseObjectText(decodeUtf8(bytes));
  } catch (error) {
    return refuse(isRequestError(error) && error.code === "too-large" ? "too-large" : "not-json");
  }
  if (!Object.keys(found).every((key) => MEMBERS.includes(key)) || found.contract !== CONTRACT) return refuse("bad-answer");
  if (found.model !== undefined && !isName(found.model)) return refuse("bad-answer");
  if (found.registry !== registry) return refuse(isName(found.registry) ? "other-registry" : "bad-answer");
  const given = objectOf(found.decisions);
  if (given === undefined) return refuse("bad-answer");
  const decisions = new Map();
  for (const name of Object.keys(given)) {
    const one = asked.find((each) => each.name === name);
    const keys = one === undefined ? null : readOutcome(given[name], choiceAt(one.number), one.code);
    if (keys === null) return refuse("bad-answer");
    decisions.set(name, keys);
  }
  return { reason: null, decisions };
}

/**
 * The outcome that an answer puts in the place of a decision's own.
 * @param {string | string[]} keys
 * @param {import("./hybrid_question.js").Choice} choice
 * @param {number} code
 * @param {string[]} payloads
 * @returns {import("./leaves.js").Replacement}
 */
export function replacementOf(keys, { outcomes, rankings }, code, payloads) {
  if (typeof keys === "string") return { outcome: keys, payload: payloads[outcomes.get(keys)], mode: "cloud" };
  const { items } = rankings.get(code);
  const texts = keys.map((key) => `{"key":${JSON.stringify(key)},"value":${payloads[items.get(key)]}}`);
  return { outcome: keys[0], payload: `{"items":[${texts.join(",")}]}`, mode: "cloud" };
}

function refuse(reason) {
  return { reason, decisions: new Map() };
}

function readOutcome(given, { outcomes, rankings }, code) {
  const members = objectOf(given);
  if (members === undefined || Object.keys(members).length !== 1) return null;
  const ranking = rankings.get(code);
  if (ranking === undefined) {
    return typeof members.outcome === "string" && outcomes.has(members.outcome) ? members.outcome : null;
  }
  const { items } = members;
  if (!Array.isArray(items) || items.length === 0 || items.length > ranking.top) return null;
  const isKnown = items.every((key) => typeof key === "string" && ranking.items.has(key));
  return isKnown && new Set(items).size === items.length ? items : null;
}

function isName(value) {
  return typeof value === "string" && value.length > 0 && value.length <= LONGEST_NAME;
}
