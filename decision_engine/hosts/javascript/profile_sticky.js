/**
 * Sticky assignments: the variations that a visitor keeps, whatever becomes of the traffic. The content is
 *
 *     [EXPERIMENT, VARIATION, EXPERIMENT, VARIATION, ...]
 *
 * A cookie that does not count assigns nothing: then the visitor is assigned by hash, as everybody is.
 */

import { isPlainName } from "./ascii.js";

const MOST = 64;
const LONGEST_NAME = 64;

/**
 * Read the content of an envelope.
 * @param {unknown} content
 * @returns {Map<string, string> | null} variations by experiment; null for any other form
 */
export function readAssignments(content) {
  if (!Array.isArray(content) || content.length % 2 === 1 || content.length > 2 * MOST) return null;
  const variations = new Map();
  for (let i = 0; i < content.length; i += 2) {
    const [experiment, variation] = [content[i], content[i + 1]];
    if (!isName(experiment) || !isName(variation) || variations.has(experiment)) return null;
    variations.set(experiment, variation);
  }
  return variations;
}

/**
 * Prepare the keeping of variations. Only a unit that is enrolled keeps one: where the decision is of an experiment, its
 * variation gives way to the one that is kept. A variation that the program no longer shows gives way to the hash.
 * @param {object} tables
 * @returns {(codes: Int32Array, chosen: number[], variations: Map<string, string>) => number} puts the kept variations of the
 *   chosen decisions into the codes; tells of how many decisions the outcome changed
 */
export function createSticking({ decisions }) {
  const arms = decisions.map(() => null);

  return (codes, chosen, variations) => {
    let changed = 0;
    for (let i = 0; i < chosen.length; i += 1) {
      const number = chosen[i];
      arms[number] ??= armsOf(decisions[number].leaves);
      const arm = arms[number].get(codes[number]);
      const kept = arm === undefined ? undefined : variations.get(arm.experiment);
      const code = kept === undefined ? undefined : arm.others.get(kept);
      if (code === undefined || code === null || code === codes[number]) continue;
      codes[number] = code;
      changed += 1;
    }
    return changed;
  };
}

/** The leaves of experiments, with the leaves that the same rule shows other variations by; null where two show one. */
function armsOf(leaves) {
  const groups = new Map();
  const arms = new Map();
  leaves.forEach(({ tail, payload, ask }, code) => {
    const { rule, experiment, variation } = JSON.parse(`{${tail}`);
    if (experiment === null || variation === null || payload === null) return;
    const key = JSON.stringify([rule, experiment, ask ?? null]);
    const others = groups.get(key) ?? new Map();
    groups.set(key, others);
    others.set(variation, others.has(variation) ? null : code);
    arms.set(code, { experiment, others });
  });
  return arms;
}

function isName(text) {
  return typeof text === "string" && text.length >= 1 && text.length <= LONGEST_NAME && isPlainName(text);
}
