/**
 * Counters and histograms of a window, as lines of the telemetry log (docs/freshness.md): they add up, in any order.
 *
 * What grows with visitors is bounded: further cells of region and device count under `(other)`.
 */

import { ageBin, numberBin } from "./records_bins.js";
import { NEUTRAL_ENDING } from "./records_outcomes.js";

/** The version of the lines. */
const VERSION = 1;
const OTHER = "(other)";
const MOST_CELLS = 200;
/** Outcomes of other places, endings of the gate and counted names that are told apart. */
const MOST_NAMES = 256;
/** Parts of a key; no part holds it, for all are names, codes and closed values. */
const BETWEEN = "\n";

const DEGRADES = ["full", "cloud-assisted", "local-only", "emergency"];
/** The stages of a request whose times are counted. */
export const STAGES = ["gate", "profile", "decide", "hybrid", "deliver"];
const ROUTES = ["/.edgewise/decide", "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/{key}", "page", "other"];
const METHODS = ["GET", "HEAD", "POST", "other"];

/**
 * The route as records tell it.
 * @param {string} route
 * @returns {string}
 */
export function knownRoute(route) {
  return ROUTES.includes(route) ? route : "other";
}

/**
 * The degrade mode as records tell it.
 * @param {string | undefined} degrade
 * @returns {string}
 */
export function knownDegrade(degrade) {
  return DEGRADES.includes(degrade) ? degrade : DEGRADES[0];
}

/**
 * The method as records tell it.
 * @param {string} method
 * @returns {string}
 */
export function knownMethod(method) {
  return METHODS.includes(method) ? method : "other";
}

/** Grows by requests; `take` gives the lines and begins anew. */
export class Counts {
  /**
   * @param {{features: object[], digests: {[model: string]: string}}} table
   * @param {import("./records_outcomes.js").Outcomes} outcomes
   */
  constructor({ features, digests }, outcomes) {
    this.features = new Map(features.map((feature) => [feature.name, feature]));
    this.digests = new Map(Object.entries(digests));
    this.outcomes = outcomes;
    this.gateKeys = new WeakMap(); // of outcomes that come again
    this.clear();
  }

  /** Whether nothing has been counted. */
  get isEmpty() {
    return this.start === null;
  }

  /**
   * Count a request; of a quiet one, no values.
   * @param {import("./records_recorder.js").Facts} facts
   * @param {import("./records_fields.js").Treated} treated
   * @param {boolean} isQuiet
   */
  add(facts, treated, isQuiet) {
    this.see(facts.at);
    const degrade = knownDegrade(facts.degrade);
    this.addRequest(facts, degrade);
    this.addEndings(facts, degrade);
    if (facts.stages) this.addStages(facts.stages, degrade);
    if (facts.gate) this.addRulings(facts.gate);
    if (facts.readings) this.addReadings(facts.readings, treated, facts.at, isQuiet);
    if (facts.scores && !isQuiet) {
      for (const [model, score] of facts.scores) {
        if (this.digests.has(model)) grow(entry(this.scores, model, newBins), numberBin(score), 1);
      }
    }
  }

  /**
   * Count something that has a name and no more to it, before the window is taken: it belongs to all of it.
   * @param {string} stage
   * @param {string} name
   * @param {number} at
   * @param {number} times
   */
  count(stage, name, at, times) {
    if (this.isEmpty) this.see(at);
    const key = stage + BETWEEN + name;
    const kept = this.counted.has(key) || this.counted.size < MOST_NAMES;
    grow(this.counted, kept ? key : stage + BETWEEN + OTHER, times);
  }

  /**
   * Take the window that is over: what all of its lines have in common, and the lines.
   * @param {string} registry
   * @returns {object}
   */
  take(registry) {
    const window = { telemetry: VERSION, from: this.start, to: this.end, registry, lines: [...this.lines()] };
    this.clear();
    return window;
  }

  clear() {
    this.start = null;
    this.end = null;
    this.endings = new Map(); // degrade -> by decision, how often each ending
    this.replaced = new Map();
    this.requests = new Map();
    this.lastKey = ""; // requests are alike: their key and entry are kept from one to the next
    this.lastRequest = null;
    this.stages = new Map();
    this.rulings = new Map();
    this.cells = new Map();
    this.served = new Map();
    this.values = new Map();
    this.scores = new Map();
    this.counted = new Map();
  }

  see(at) {
    if (this.start === null || at < this.start) this.start = at;
    if (this.end === null || at > this.end) this.end = at;
  }

  addEndings({ chosen, codes, neutral, replaced }, degrade) {
    const all = entry(this.endings, degrade, newList);
    for (let i = 0; i < chosen.length; i += 1) {
      const decision = chosen[i];
      const other = neutral ? NEUTRAL : replaced?.get(decision);
      const ending = neutral ? NEUTRAL_ENDING : this.outcomes.ending(decision, codes);
      if (!(ending >= 0 && ending < this.outcomes.sizes[decision])) {
        throw new Error(`expected an ending of ${this.outcomes.names[decision]}, found ${ending}`);
      }
      if (other === undefined) {
        all[decision] ??= new Float64Array(this.outcomes.sizes[decision]);
        all[decision][ending] += 1;
      } else this.addReplaced(decision, ending, other, degrade);
    }
  }

  addReplaced(decision, ending, { mode, outcome = null }, degrade) {
    const key = [decision, ending, mode, degrade, JSON.stringify(outcome)].join(BETWEEN);
    const kept = this.replaced.has(key) || this.replaced.size < MOST_NAMES;
    grow(this.replaced, kept ? key : [decision, ending, mode, degrade, JSON.stringify(OTHER)].join(BETWEEN), 1);
  }

  addRequest({ route, method, status, duration }, degrade) {
    const key = knownRoute(route) + BETWEEN + knownMethod(method) + BETWEEN + status + BETWEEN + degrade;
    if (key !== this.lastKey) {
      this.lastKey = key;
      this.lastRequest = entry(this.requests, key, newRequest);
    }
    this.lastRequest.count += 1;
    if (isNumber(duration)) grow(this.lastRequest.bins, numberBin(Math.max(0, duration)), 1);
  }

  addStages(stages, degrade) {
    const all = entry(this.stages, degrade, newList);
    for (let i = 0; i < STAGES.length; i += 1) {
      if (isNumber(stages[i])) grow((all[i] ??= new Map()), numberBin(Math.max(0, stages[i])), 1);
    }
  }

  /** All rulings of a request are one key, which `lines` takes apart: most requests have the same. */
  addRulings(gate) {
    let key = this.gateKeys.get(gate);
    if (key === undefined) {
      key = gate.place + BETWEEN + gate.regime;
      for (const { purpose, state, basis } of gate.rulings) key += BETWEEN + purpose + BETWEEN + state + BETWEEN + basis;
      this.gateKeys.set(gate, key);
    }
    const kept = this.rulings.has(key) || this.rulings.size < MOST_NAMES;
    grow(this.rulings, kept ? key : [OTHER, OTHER, OTHER, "unknown", OTHER].join(BETWEEN), 1);
  }

  addReadings(readings, { country, device }, at, isQuiet) {
    const cell = country + BETWEEN + device;
    const key = this.cells.has(cell) || this.cells.size < MOST_CELLS ? cell : OTHER + BETWEEN + OTHER;
    grow(this.cells, key, 1);
    for (const reading of readings) {
      const feature = this.features.get(reading.name);
      if (feature === undefined) continue;
      const { counts, ages } = this.addServed(feature, key, reading);
      grow(counts, reading.status, 1);
      if (isNumber(reading.age)) grow(ages, ageBin(reading.age), 1);
      if (feature.scale === null || isQuiet) continue;
      const values = entry(this.values, feature.name, newValues);
      const bin = binOf(feature, reading, at);
      if (bin === null) values.absent += 1;
      else grow(values.bins, bin, 1);
    }
  }

  addServed({ name, max_age: maxAge }, cell, { age }) {
    const served = entry(this.served, name + BETWEEN + cell, newServed);
    if (maxAge !== null && isNumber(age) && age > maxAge) served.beyond += 1;
    return served;
  }

  *lines() {
    yield* this.decided();
    for (const [key, { count, bins }] of this.requests) {
      const [route, method, status, degrade] = key.split(BETWEEN);
      yield { kind: "requests", route, method, status: Number(status), degrade, count, bins: Object.fromEntries(bins) };
    }
    for (const [degrade, all] of this.stages) {
      for (let i = 0; i < STAGES.length; i += 1) {
        if (all[i]) yield { kind: "stages", stage: STAGES[i], degrade, bins: Object.fromEntries(all[i]) };
      }
    }
    yield* this.consent();
    for (const [key, count] of this.cells) {
      const [region, device] = key.split(BETWEEN);
      yield { kind: "sessions", region, device, count };
    }
    for (const [key, { counts, beyond, ages }] of this.served) {
      const [feature, region, device] = key.split(BETWEEN);
      const about = { kind: "served", feature, region, device };
      yield { ...about, counts: Object.fromEntries(counts), beyond, ages: Object.fromEntries(ages) };
    }
    for (const [feature, { bins, absent }] of this.values) {
      const { version, scale } = this.features.get(feature);
      yield { kind: "values", feature, version, scale, bins: Object.fromEntries(bins), absent };
    }
    for (const [model, bins] of this.scores) {
      const digest = this.digests.get(model);
      yield { kind: "scores", model, digest, scale: "number", bins: Object.fromEntries(bins) };
    }
    for (const [key, count] of this.counted) {
      const [stage, name] = key.split(BETWEEN);
      yield { kind: "counted", stage, name, count };
    }
  }

  *decided() {
    for (const [degrade, decisions] of this.endings) {
      for (let decision = 0; decision < decisions.length; decision += 1) {
        const counts = decisions[decision] ?? [];
        for (let ending = 0; ending < counts.length; ending += 1) {
          if (counts[ending] > 0) yield this.line(decision, ending, "edge", degrade, counts[ending]);
        }
      }
    }
    for (const [key, count] of this.replaced) {
      const [decision, ending, mode, degrade, outcome] = key.split(BETWEEN);
      const line = this.line(Number(decision), Number(ending), mode, degrade, count);
      yield outcome === "null" ? line : { ...line, outcome: JSON.parse(outcome) };
    }
  }

  *consent() {
    const counts = new Map();
    for (const [key, count] of this.rulings) {
      const [place, regime, ...rulings] = key.split(BETWEEN);
      for (let i = 0; i < rulings.length; i += 3) {
        grow(counts, [place, regime, rulings[i], rulings[i + 1], rulings[i + 2]].join(BETWEEN), count);
      }
    }
    for (const [key, count] of counts) {
      const [place, regime, purpose, state, basis] = key.split(BETWEEN);
      yield { kind: "consent", place, regime, purpose, state, basis, count };
    }
  }

  line(decision, ending, mode, degrade, count) {
    const { outcome, reason, rule, experiment, variation } = this.outcomes.told(decision, ending);
    const name = this.outcomes.names[decision];
    return { kind: "decided", decision: name, outcome, reason, rule, experiment, variation, mode, degrade, count };
  }
}

const NEUTRAL = { mode: "neutral" };

function isNumber(value) {
  return typeof value === "number" && value - value === 0;
}

function grow(map, key, times) {
  map.set(key, (map.get(key) ?? 0) + times);
}

function entry(map, key, make) {
  let found = map.get(key);
  if (found === undefined) {
    found = make();
    map.set(key, found);
  }
  return found;
}

function newBins() {
  return new Map();
}

function newList() {
  return [];
}

function newRequest() {
  return { count: 0, bins: new Map() };
}

function newServed() {
  return { counts: new Map(), beyond: 0, ages: new Map() };
}

function newValues() {
  return { bins: new Map(), absent: 0 };
}

/** The bin or label of a value that is present; a number at a time is one since then, of tags it is how many. */
function binOf({ type, scale, labels }, { value, status }, at) {
  if (status !== "present" || value === undefined || value === null) return null;
  if (scale === "number") {
    if (value instanceof Set) return String(numberBin(value.size));
    if (!isNumber(value)) return null;
    return String(numberBin(type === "timestamp" ? (at - value) / 1000 : value));
  }
  if (typeof value === "boolean") return value ? "true" : "false";
  return typeof value === "string" && labels.includes(value) ? value : OTHER;
}
