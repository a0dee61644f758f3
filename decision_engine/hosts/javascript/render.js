/** From codes to the answer's text, joined from fragments; static leaves are joined once, at start. */

/**
 * @typedef {object} Renderer
 * @property {(codes: Int32Array, chosen: number[], at: number) => string} answer the chosen decisions
 * @property {(codes: Int32Array, at: number) => string} page all decisions
 * @property {(at: number, error?: string) => string} neutral all neutral outcomes, behind the JSON text of an error
 * @property {(codes: Int32Array, decision: number) => string} flag one decision as OFREP has it
 * @property {(codes: Int32Array) => string} flags all decisions as OFREP has them
 * @property {(decision: number) => string} neutralFlag
 * @property {() => string} neutralFlags
 */

/**
 * Prepare the answers of a registry. All of them throw on codes that the tables do not know.
 * @param {object} tables
 * @returns {Renderer}
 */
export function createRenderer({ decisions, payloads, registry }) {
  const entries = decisions.map((decision, index) => prepareDecision(decision, index, payloads, entryForm));
  const flags = decisions.map((decision, index) => prepareDecision(decision, index, payloads, flagForm));
  const all = decisions.map((_, index) => index);
  const outcomes = entries.map((entry) => entry.outcomes);
  const end = `},"registry":${JSON.stringify(registry)},"at":`;
  const bulkEnd = `],"metadata":{"registry":${JSON.stringify(registry)}}}`;
  const neutralEntries = `"decisions":{${entries.map((entry) => entry.neutral).join(",")}${end}`;
  const neutralFlags = `{"flags":[${flags.map((flag) => flag.neutral).join(",")}${bulkEnd}`;

  return {
    answer: (codes, chosen, at) => `{"decisions":{${joinAll(entries, codes, chosen)}${end}${at}}`,
    page(codes, at) {
      let text = '{"decisions":{';
      for (let i = 0; i < outcomes.length; i += 1) {
        const outcome = outcomes[i][codes[i]];
        text += typeof outcome === "string" ? outcome : entries[i].render(codes);
        text += i + 1 < outcomes.length ? "," : end;
      }
      return text + at + "}";
    },
    neutral: (at, error) => `{${error === undefined ? "" : `"error":${error},`}${neutralEntries}${at}}`,
    flag: (codes, decision) => flags[decision].render(codes),
    flags: (codes) => `{"flags":[${joinAll(flags, codes, all)}${bulkEnd}`,
    neutralFlag: (decision) => flags[decision].neutral,
    neutralFlags: () => neutralFlags,
  };
}

/** How a decision is written: as a member of the answer, or as a flag of OFREP. */
const entryForm = (name, leaf, outcome, payload) =>
  `${name}:{"outcome":${outcome ?? "null"},"payload":${payload},${leaf.tail}`;

const flagForm = (name, leaf, outcome, payload) =>
  `{"key":${name},"value":${payload}${outcome === null ? "," : `,"variant":${outcome},`}${leaf.ofrep}`;

function joinAll(forms, codes, chosen) {
  let text = "";
  for (let i = 0; i < chosen.length; i += 1) text += (i === 0 ? "" : ",") + forms[chosen[i]].render(codes);
  return text;
}

function prepareDecision({ name, neutral, leaves, rankings }, index, payloads, form) {
  const outcomes = leaves.map((leaf) => prepareLeaf(name, leaf, payloads, form));
  for (const ranking of rankings) {
    outcomes[ranking.leaf] = prepareRanking(name, leaves[ranking.leaf], ranking, payloads, form);
  }
  return {
    neutral: prepareLeaf(name, neutral, payloads, form),
    outcomes,
    render(codes) {
      const outcome = outcomes[codes[index]];
      if (typeof outcome === "string") return outcome;
      if (outcome === undefined) throw new Error(`expected a leaf of ${name}, found ${codes[index]}`);
      return outcome(codes);
    },
  };
}

function prepareLeaf(name, leaf, payloads, form) {
  return leaf.payload === null ? undefined : flat(form(name, leaf, leaf.outcome, payloads[leaf.payload]));
}

function prepareRanking(name, leaf, { at, top, items }, payloads, form) {
  const texts = items.map(({ outcome, payload }) => flat(`{"key":${outcome},"value":${payloads[payload]}}`));
  return (codes) => {
    const count = codes[at];
    if (!(count >= 0 && count <= top)) throw new Error(`expected at most ${top} items of ${name}, found ${count}`);
    let list = "";
    for (let i = 0; i < count; i += 1) {
      const text = texts[codes[at + 1 + i]];
      if (text === undefined) throw new Error(`expected an item of ${name}, found ${codes[at + 1 + i]}`);
      list += i === 0 ? text : `,${text}`;
    }
    return form(name, leaf, count === 0 ? null : items[codes[at + 1]].outcome, `{"items":[${list}]}`);
  };
}

/** The same text in one piece: engines keep a joined text as its parts, and would join them in every answer. */
function flat(text) {
  return [...text].join("");
}
