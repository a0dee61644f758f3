/** Outcomes as delivery needs them: from the codes of a decision, from the cloud, or forced by a preview. */

import { own } from "./objects.js";

/**
 * @typedef {object} Outcomes reads the outcomes of one program
 * @property {Map<string, number>} numbers of the decisions, by name
 * @property {(decision: number, codes: Int32Array) => import("./deliver_slots.js").Shown} shown
 * @property {(decision: number, codes: Int32Array, replacement: import("./leaves.js").Replacement) =>
 *   import("./deliver_slots.js").Shown} replaced its own outcome where the program does not know the other one
 * @property {(decision: number) => import("./deliver_slots.js").Shown} neutral
 * @property {(decision: number, outcome: string) => number | undefined} payloadOf the number of a payload by its key
 * @property {(decision: number, outcome: string) => import("./deliver_slots.js").Shown | undefined} named what a decision can
 *   show under a key; of a ranking, that candidate alone
 * @property {(experiment: string, variation: string) => [number, string][]} shownBy decisions with the key of what they show
 *   in a variation
 */

/**
 * Prepare outcomes.
 * @param {object} tables
 * @returns {Outcomes}
 */
export function createOutcomes({ decisions, payloads }) {
  const names = decisions.map(({ name }) => JSON.parse(name));
  const keys = decisions.map(payloadNumbers);

  function shown(decision, codes) {
    const { leaves, rankings } = decisions[decision];
    const leaf = leaves[codes[decision]];
    const ranking = rankings.find((one) => one.leaf === codes[decision]);
    if (ranking === undefined) return shownLeaf(leaf, payloads, codes[decision]);
    const items = [];
    for (let i = 0; i < codes[ranking.at]; i += 1) {
      const { outcome, payload } = ranking.items[codes[ranking.at + 1 + i]];
      items.push({ key: JSON.parse(outcome), payload: payloads[payload] });
    }
    return shownItems(items, leaf.tail, codes[decision]);
  }

  return {
    numbers: new Map(names.map((name, number) => [name, number])),
    shown,
    replaced(decision, codes, { outcome, payload, mode = "cloud" }) {
      const { leaves, rankings } = decisions[decision];
      const tail = withMode(leaves[codes[decision]].tail, mode);
      const items = rankings.length > 0 ? itemsOf(JSON.parse(payload), keys[decision], payloads) : null;
      if (items !== null) return shownItems(items, tail, null);
      const number = keys[decision].get(outcome);
      if (number === undefined || payloads[number] !== payload) return shown(decision, codes);
      return { outcome, payload, items, tail, leaf: null };
    },
    neutral: (decision) => shownLeaf(decisions[decision].neutral, payloads, null),
    payloadOf: (decision, outcome) => keys[decision].get(outcome),
    named(decision, outcome) {
      const payload = keys[decision].get(outcome);
      if (payload === undefined) return undefined;
      const { leaves } = decisions[decision];
      const isLeaf = leaves.some((leaf) => leaf.payload === payload);
      if (isLeaf) return { outcome, payload: payloads[payload], items: null, tail: "", leaf: null };
      return shownItems([{ key: outcome, payload: payloads[payload] }], "", null);
    },
    shownBy: (experiment, variation) =>
      decisions.flatMap(({ leaves }, number) => {
        const leaf = leaves.find((one) => one.payload !== null && isOf(one, experiment, variation));
        return leaf === undefined ? [] : [[number, JSON.parse(leaf.outcome)]];
      }),
  };
}

/** A leaf's tail with another mode; who has answered need not be asked. */
function withMode(tail, mode) {
  const { ask: _, ...told } = JSON.parse(`{${tail}`);
  return JSON.stringify({ ...told, mode }).slice(1);
}

function isOf({ tail }, experiment, variation) {
  const told = JSON.parse(`{${tail}`);
  return told.experiment === experiment && told.variation === variation;
}

function shownLeaf({ outcome, payload, tail }, payloads, leaf) {
  return { outcome: JSON.parse(outcome), payload: payloads[payload], items: null, tail, leaf };
}

function shownItems(items, tail, leaf) {
  const list = items.map(({ key, payload }) => `{"key":${JSON.stringify(key)},"value":${payload}}`);
  const outcome = items.length === 0 ? null : items[0].key;
  return { outcome, payload: `{"items":[${list.join(",")}]}`, items, tail, leaf };
}

/** The items of a ranking's payload that came as JSON; null when it is no list of the decision's candidates. */
function itemsOf(value, numbers, payloads) {
  const list = own(value, "items");
  if (!Array.isArray(list) || Object.keys(value).length !== 1) return null;
  const keys = list.map((item) => own(item, "key"));
  if (!keys.every((key) => numbers.has(key))) return null;
  return keys.map((key) => ({ key, payload: payloads[numbers.get(key)] }));
}

/** The numbers of all payloads that a decision can show, by their keys. */
function payloadNumbers({ leaves, rankings }) {
  const numbers = new Map();
  for (const { outcome, payload } of [...leaves, ...rankings.flatMap(({ items }) => items)]) {
    if (payload !== null) numbers.set(JSON.parse(outcome), payload);
  }
  return numbers;
}
