/** Outcomes as values: what a decision's codes say, for the stages behind the decision; and back to fragments of answers. */

const MODE = "cloud";
const NEUTRAL = "neutral";

/**
 * @typedef {object} Leaf an outcome as it was decided
 * @property {string | null} outcome the payload's key; of a ranking its first one; null for an empty ranking
 * @property {string} payload JSON text
 * @property {string} reason
 * @property {number | null} rule
 * @property {string | null} experiment
 * @property {string | null} variation
 * @property {string} mode
 * @property {{within: number} | null} ask whether the cloud is to be asked, and for how many ms at most
 */

/**
 * @typedef {object} Fragments an outcome as the renderer joins it; JSON texts
 * @property {string | null} outcome
 * @property {string} payload
 * @property {string} tail
 * @property {string} ofrep
 */

/**
 * @typedef {object} Replacement an outcome that stands for a decision's own
 * @property {string | null} outcome the key
 * @property {string} payload JSON text
 * @property {string} [mode] where it came from; the cloud by default. `neutral` is the decision's neutral outcome alone
 */

/**
 * Prepare the outcomes of a registry.
 * @param {object} tables
 * @returns {{leaf: (decision: number, codes: Int32Array) => Leaf,
 *   neutralOf: (decision: number) => Replacement,
 *   fragments: (decision: number, codes: Int32Array, replacement: Replacement) => Fragments}} they throw on codes that the
 *   tables do not know
 */
export function createLeaves({ decisions, payloads }) {
  const known = decisions.map(() => []); // by decision and code, those that were asked for so far
  const rankings = decisions.map((decision) => new Map(decision.rankings.map((ranking) => [ranking.leaf, ranking])));

  function leaf(decision, codes) {
    const code = codes[decision];
    const ranking = rankings[decision].get(code);
    if (ranking !== undefined) return rankedLeaf(decisions[decision].leaves[code], ranking, codes, payloads);
    return (known[decision][code] ??= staticLeaf(decisions[decision], code, payloads));
  }

  function neutralOf(decision) {
    const { outcome, payload } = decisions[decision].neutral;
    return { outcome: JSON.parse(outcome), payload: payloads[payload], mode: NEUTRAL };
  }

  function fragments(decision, codes, { outcome, payload, mode = MODE }) {
    if (mode === NEUTRAL) return { ...decisions[decision].neutral, payload };
    const { tail, ofrep } = decisions[decision].leaves[codes[decision]];
    return {
      outcome: outcome === null ? null : JSON.stringify(outcome),
      payload,
      tail: withMode(tail, mode),
      ofrep: withMode(ofrep, mode),
    };
  }

  return { leaf, neutralOf, fragments };
}

function staticLeaf({ name, leaves }, code, payloads) {
  const found = leaves[code];
  if (found === undefined || found.payload === null) throw new Error(`expected a leaf of ${name}, found ${code}`);
  return leafOf(found, JSON.parse(found.outcome), payloads[found.payload]);
}

function rankedLeaf(leaf, { at, top, items }, codes, payloads) {
  const count = codes[at];
  if (!(count >= 0 && count <= top)) throw new Error(`expected at most ${top} items, found ${count}`);
  const chosen = Array.from(codes.subarray(at + 1, at + 1 + count), (number) => items[number]);
  const texts = chosen.map(({ outcome, payload }) => `{"key":${outcome},"value":${payloads[payload]}}`);
  return leafOf(leaf, count === 0 ? null : JSON.parse(chosen[0].outcome), `{"items":[${texts.join(",")}]}`);
}

function leafOf({ tail, ask }, outcome, payload) {
  const { reason, rule, experiment, variation, mode } = JSON.parse(`{${tail}`);
  return { outcome, payload, reason, rule, experiment, variation, mode, ask: ask === undefined ? null : { within: ask } };
}

/** The rest of a leaf's text with another mode, in the place where it stands; who has answered need not be asked. */
function withMode(rest, mode) {
  const told = JSON.parse(`{${rest}`);
  const holder = told.metadata ?? told;
  holder.mode = mode;
  delete holder.ask;
  return JSON.stringify(told).slice(1);
}
