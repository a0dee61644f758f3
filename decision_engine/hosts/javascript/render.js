/** From codes to the answer's text, joined from fragments; a leaf is joined once, when it is first shown. */

/**
 * @typedef {object} Renderer
 * @property {(codes: Int32Array, chosen: number[], at: number, replaced?: Replaced) => string} answer the chosen decisions
 * @property {(codes: Int32Array, at: number) => string} page all decisions
 * @property {(at: number, error?: string) => string} neutral all neutral outcomes, behind the JSON text of an error
 * @property {(codes: Int32Array, decision: number, replaced?: Replaced) => string} flag one decision as OFREP has it
 * @property {(codes: Int32Array, replaced?: Replaced) => string} flags all decisions as OFREP has them
 * @property {(decision: number) => string} neutralFlag
 * @property {() => string} neutralFlags
 */

/**
 * @typedef {Map<number, import("./leaves.js").Fragments> | null} Replaced what stands for a decision's own outcome, by its
 *   number
 */

/**
 * Prepare the answers of a registry. All of them throw on codes that the tables do not know.
 * @param {object} tables
 * @returns {Renderer}
 */
export function createRenderer({ decisions, payloads, registry }) {
  const entries = decisions.map((decision, index) => prepareDecision(decision, index, payloads, entryForm));
  const all = decisions.map((_, index) => index);
  let prepared = null; // by the first request of OFREP
  const flags = () => {
    prepared ??= decisions.map((decision, index) => prepareDecision(decision, index, payloads, flagForm));
    return prepared;
  };
  const end = `},"registry":${JSON.stringify(registry)},"at":`;
  const bulkEnd = `],"metadata":{"registry":${JSON.stringify(registry)}}}`;
  const neutralEntries = () => `"decisions":{${entries.map((entry) => entry.neutral()).join(",")}${end}`;
  const answer = (codes, chosen, at, replaced = null) =>
    `{"decisions":{${joinAll(entries, codes, chosen, replaced)}${end}${at}}`;

  return {
    answer,
    page: (codes, at) => answer(codes, all, at),
    neutral: (at, error) => `{${error === undefined ? "" : `"error":${error},`}${neutralEntries()}${at}}`,
    flag: (codes, decision, replaced = null) => joinAll(flags(), codes, [decision], replaced),
    flags: (codes, replaced = null) => `{"flags":[${joinAll(flags(), codes, all, replaced)}${bulkEnd}`,
    neutralFlag: (decision) => flags()[decision].neutral(),
    neutralFlags() {
      const neutral = flags().map((flag) => flag.neutral());
      return `{"flags":[${neutral.join(",")}${bulkEnd}`;
    },
  };
}

/** How a decision is written: as a member of the answer, or as a flag of OFREP. */
const entryForm = (name, leaf, outcome, payload) =>
  `${name}:{"outcome":${outcome ?? "null"},"payload":${payload},${leaf.tail}`;

const flagForm = (name, leaf, outcome, payload) =>
  `{"key":${name},"value":${payload}${outcome === null ? "," : `,"variant":${outcome},`}${leaf.ofrep}`;

/** Chosen decisions with commas between them. */
function joinAll(forms, codes, chosen, replaced) {
  if (chosen.length === 0) return "";
  if (replaced !== null) return joinReplaced(forms, codes, chosen, replaced);
  let text = textOf(forms[chosen[0]], codes).slice(1);
  for (let i = 1; i < chosen.length; i += 1) text += textOf(forms[chosen[i]], codes);
  return text;
}

function joinReplaced(forms, codes, chosen, replaced) {
  const texts = chosen.map((number) => {
    const other = replaced.get(number);
    return other === undefined ? textOf(forms[number], codes).slice(1) : forms[number].write(other);
  });
  return texts.join(",");
}

/** A decision's text, with a comma before it. */
function textOf({ index, texts, first }, codes) {
  return texts[codes[index]] ?? first(codes[index], codes);
}

function prepareDecision({ name, neutral, leaves, rankings }, index, payloads, form) {
  const write = (leaf) => form(name, leaf, leaf.outcome, payloads[leaf.payload]);
  const writeOther = (other) => form(name, other, other.outcome, other.payload);
  const ranked = new Map(rankings.map((ranking) => [ranking.leaf, ranking]));
  const texts = []; // of the leaves that were shown so far
  const lists = new Map();

  function first(code, codes) {
    const leaf = leaves[code];
    const ranking = ranked.get(code);
    if (ranking !== undefined) {
      if (!lists.has(code)) lists.set(code, prepareRanking(name, leaf, ranking, payloads, form));
      return `,${lists.get(code)(codes)}`;
    }
    if (leaf === undefined || leaf.payload === null) throw new Error(`expected a leaf of ${name}, found ${code}`);
    texts[code] = flat(`,${write(leaf)}`);
    return texts[code];
  }

  return { index, texts, first, write: writeOther, neutral: () => write(neutral) };
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
