/**
 * Degrade modes: what the edge does when its release, its features, its own work or the cloud is not as it should be.
 *
 *     full            all is well
 *     cloud-assisted  the edge is not up to it, and the cloud is there: decisions of models ask
 *     local-only      the cloud is not there: nobody asks
 *     emergency       no valid release within its time: the neutral outcomes
 *
 * A pure state machine: what is seen goes in, the next state comes out. It gets worse at once, and better only when all that
 * was bad has been good for a while, so that it does not flicker.
 */

/** From best to worst. */
export const MODES = ["full", "cloud-assisted", "local-only", "emergency"];

const IDLE = Object.freeze({ ask: null, isNeutral: false });
const WINDOW = 10000;
const LEAST = 20;

/**
 * @typedef {object} ModesTable times in ms
 * @property {number | null} soft
 * @property {number | null} hard
 * @property {number | null} features
 * @property {{bad: number, good: number} | null} errors
 * @property {{bad: number, good: number} | null} latency
 * @property {number} hold
 * @property {number | null} within how long a decision of a model may ask
 * @property {{[mode: string]: {models: "run" | "ask" | "skip", log: string}}} modes
 * @property {{[decision: string]: number}} model_decisions the first rule that reads a model: what that rule or a later one
 *   shows hangs on a model
 * @property {string[]} asking the decisions that may ask
 */

/**
 * @typedef {object} Signals what is seen; null for what nobody knows, which is not bad
 * @property {boolean} valid whether there is a valid release
 * @property {number | null} release_age ms
 * @property {number | null} feature_age ms, of the synced features
 * @property {string | null} cloud the state of the breaker
 * @property {number | null} errors the share of requests that failed inside
 * @property {number | null} latency the mean time to decide in ms
 */

/**
 * @typedef {object} ModeState
 * @property {string} mode
 * @property {number} since ms
 * @property {string[]} reasons what is bad
 * @property {number | null} better since when the mode could be better
 */

/**
 * The state of an edge that has just started.
 * @param {number} at
 * @returns {ModeState}
 */
export function firstMode(at) {
  return { mode: "full", since: at, reasons: [], better: null };
}

/**
 * The state after what is seen.
 * @param {ModesTable} table
 * @param {ModeState} state
 * @param {Signals} signals
 * @param {number} at ms of any clock
 * @returns {ModeState}
 */
export function nextMode(table, state, signals, at) {
  const reasons = reasonsOf(table, state.reasons, signals);
  const wanted = modeOf(reasons);
  const { mode, since } = state;
  if (MODES.indexOf(wanted) > MODES.indexOf(mode)) return { mode: wanted, since: at, reasons, better: null };
  if (wanted === mode) return { mode, since, reasons, better: null };
  const better = state.better === null || at < state.better ? at : state.better;
  if (at - better < table.hold) return { mode, since, reasons, better };
  return { mode: wanted, since: at, reasons, better: null };
}

/**
 * What to do with the outcome of a decision. In local-only nobody asks, but for the trials by which a breaker that is not
 * closed finds the cloud again. What an experiment shows is never asked about.
 * @param {ModesTable} table
 * @param {ModeState} state
 * @param {string | null} cloud the state of the breaker
 * @param {string} name of the decision
 * @param {import("./leaves.js").Leaf} leaf
 * @returns {{ask: {within: number} | null, isNeutral: boolean}} ask the cloud for so many ms at most, or show the neutral
 *   outcome
 */
export function actOn(table, { mode }, cloud, name, leaf) {
  const { models } = table.modes[mode];
  const first = Object.hasOwn(table.model_decisions, name) ? table.model_decisions[name] : Infinity;
  const byModel = first !== Infinity && (leaf.rule === null || leaf.rule >= first);
  if (mode === "emergency" || (models === "skip" && byModel)) return { ask: null, isNeutral: true };
  if (cloud === null || (mode === "local-only" && cloud === "closed")) return IDLE;
  // Where only decisions of models ask, nobody else would try whether the cloud is back.
  const asks = (mode === "local-only" ? table.modes["cloud-assisted"].models : models) === "ask";
  let { ask } = leaf;
  if (ask === null && asks && byModel && leaf.experiment === null && table.asking.includes(name)) {
    ask = table.within === null ? null : { within: table.within };
  }
  return { ask, isNeutral: false };
}

/**
 * Prepare `actOn` for every request: what to do hangs on the mode and on the code of a leaf, and is found out once for each.
 * @param {ModesTable} table
 * @param {object} tables of the host
 * @returns {(state: ModeState, cloud: string | null, decision: number, code: number) =>
 *   {ask: {within: number} | null, isNeutral: boolean}}
 */
export function createActions(table, { decisions }) {
  const known = Object.fromEntries(MODES.map((mode) => [mode, decisions.map(() => [])]));

  /** As if the breaker let nobody through: then it alone says no. */
  function find(state, { name, leaves }, code) {
    const { tail, ask } = leaves[code];
    const { rule, experiment } = JSON.parse(`{${tail}`);
    const leaf = { rule, experiment, ask: ask === undefined ? null : { within: ask } };
    return actOn(table, state, "open", JSON.parse(name), leaf);
  }

  return (state, cloud, decision, code) => {
    const found = (known[state.mode][decision][code] ??= find(state, decisions[decision], code));
    if (found.ask === null) return found;
    return cloud === null || (state.mode === "local-only" && cloud === "closed") ? IDLE : found;
  };
}

/**
 * @typedef {object} Health the share of failures and the mean time of the last requests, of this running edge; times are those
 *   of a clock that never goes back
 * @property {(ms: number, failed: boolean, at: number) => void} note
 * @property {(at: number) => number | null} errors null when too few requests are known
 * @property {(at: number) => number | null} latency likewise
 */

/**
 * Prepare to watch. Two windows follow each other; what is older than two of them is forgotten.
 * @returns {Health}
 */
export function createHealth() {
  return new Windows();
}

class Windows {
  constructor() {
    this.begun = 0;
    this.now = { requests: 0, failures: 0, ms: 0 };
    this.before = { requests: 0, failures: 0, ms: 0 };
  }

  note(ms, failed, at) {
    this.turn(at);
    this.now.requests += 1;
    if (failed) this.now.failures += 1;
    if (ms > 0) this.now.ms += ms;
  }

  errors(at) {
    this.turn(at);
    const requests = this.now.requests + this.before.requests;
    return requests < LEAST ? null : (this.now.failures + this.before.failures) / requests;
  }

  latency(at) {
    this.turn(at);
    const requests = this.now.requests + this.before.requests;
    return requests < LEAST ? null : (this.now.ms + this.before.ms) / requests;
  }

  turn(at) {
    const since = at - this.begun;
    if (since >= 0 && since < WINDOW) return;
    this.before = since >= WINDOW && since < 2 * WINDOW ? this.now : { requests: 0, failures: 0, ms: 0 };
    this.now = { requests: 0, failures: 0, ms: 0 };
    this.begun = at;
  }
}

function reasonsOf(table, before, { valid, release_age: release, feature_age: features, cloud, errors, latency }) {
  const reasons = [];
  if (!valid) reasons.push("no-release");
  if (isOld(release, table.hard)) reasons.push("release-expired");
  if (isOld(release, table.soft)) reasons.push("release-stale");
  if (isOld(features, table.features)) reasons.push("features-stale");
  if (isBad(errors, table.errors, before.includes("errors"))) reasons.push("errors");
  if (isBad(latency, table.latency, before.includes("slow"))) reasons.push("slow");
  if (cloud !== null && cloud !== "closed") reasons.push("cloud");
  return reasons;
}

function modeOf(reasons) {
  if (reasons.includes("no-release") || reasons.includes("release-expired")) return "emergency";
  if (reasons.includes("cloud")) return "local-only";
  return reasons.length > 0 ? "cloud-assisted" : "full";
}

function isOld(age, limit) {
  return age !== null && limit !== null && age >= limit;
}

/** Bad from `bad` on, and until it falls below `good`; what is unknown is as it was. */
function isBad(value, pair, wasBad) {
  if (pair === null) return false;
  return value === null ? wasBad : value >= (wasBad ? pair.good : pair.bad);
}
