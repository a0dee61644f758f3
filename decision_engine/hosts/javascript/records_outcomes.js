/** What a code stands for: outcome, reason, rule, experiment, variation; read from the tables when first asked for. */

/** Items of rankings that the numbers of endings have room for, and one for none. */
const ITEMS = 65;

/**
 * @typedef {object} Told one way in which a decision can end
 * @property {string | null} outcome
 * @property {string} reason
 * @property {number | null} rule
 * @property {string | null} experiment
 * @property {string | null} variation
 */

/**
 * @typedef {object} Outcomes the endings of all decisions; an ending is a number, `NEUTRAL_ENDING` the neutral one
 * @property {string[]} names
 * @property {number[]} sizes how many endings each decision has
 * @property {(decision: number, codes: ArrayLike<number>) => number} ending
 * @property {(decision: number, ending: number) => number} leafOf -1 of the neutral one
 * @property {(decision: number, ending: number) => Told} told
 */

/** The ending of a decision that an exception made neutral. */
export const NEUTRAL_ENDING = 0;

/**
 * Prepare the endings of a registry's decisions.
 * @param {object[]} decisions as in the tables
 * @returns {Outcomes}
 */
export function createOutcomes(decisions) {
  const names = decisions.map(({ name }) => JSON.parse(name));
  const rankings = decisions.map((one) => new Map(one.rankings.map((ranking) => [ranking.leaf, ranking])));
  const widths = rankings.map(({ size }) => (size > 0 ? ITEMS : 1));
  const known = decisions.map(() => []);

  function ending(decision, codes) {
    const leaf = codes[decision];
    const width = widths[decision];
    if (width === 1) return leaf + 1;
    const ranking = rankings[decision].get(leaf);
    const item = ranking === undefined || codes[ranking.at] === 0 ? 0 : codes[ranking.at + 1] + 1;
    return (leaf + 1) * width + item;
  }

  return {
    names,
    sizes: decisions.map(({ leaves }, decision) => (leaves.length + 1) * widths[decision]),
    ending,
    leafOf: (decision, number) => Math.floor(number / widths[decision]) - 1,
    told: (decision, number) =>
      (known[decision][number] ??= read(decisions[decision], rankings[decision], widths[decision], number)),
  };
}

function read({ neutral, leaves }, rankings, width, number) {
  const leaf = Math.floor(number / width) - 1;
  const item = number % width;
  const entry = number === NEUTRAL_ENDING ? neutral : leaves[leaf];
  const outcome = item === 0 ? entry.outcome : rankings.get(leaf).items[item - 1].outcome;
  const { reason, rule, experiment, variation } = JSON.parse(`{${entry.tail}`);
  return { outcome: outcome === null ? null : JSON.parse(outcome), reason, rule, experiment, variation };
}
