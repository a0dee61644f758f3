/** The recorder: what a request was, counted at once, and kept as an event where sampling says so; sent afterwards. */

import { SECOND_SEED, murmur3 } from "./murmur.js";
import { Counts, knownDegrade, knownMethod, knownRoute } from "./records_counts.js";
import { countsEvent, evaluationEvent } from "./records_events.js";
import { createFields } from "./records_fields.js";
import { createKeys } from "./records_keys.js";
import { createOutcomes, NEUTRAL_ENDING } from "./records_outcomes.js";
import { Outbox } from "./records_outbox.js";
import { createRepeats, DAY, isSampled, unitHash } from "./records_sampling.js";

/** Combinations of shown fields that are told apart; further ones count as rare. */
const MOST_CELLS = 1000;
const LONGEST_NAME = 64;
/** Milliseconds after which a flush that did not end is taken for one that the platform cut off. */
const LONGEST_FLUSH = 60_000;
const ALL = 2 ** 32;
const NOBODY = Object.freeze([]);

/**
 * @typedef {object} Facts one request, as the stages saw it. The recorder reads it at once; `codes` and `vector` may change
 *   afterwards. What a stage does not know may be left out
 * @property {number} at ms UTC
 * @property {number[]} chosen the numbers of the decisions that were answered
 * @property {ArrayLike<number>} codes
 * @property {boolean} [neutral] an exception made all of them neutral
 * @property {Map<number, {mode: string, outcome?: string | null}> | null} [replaced] what another place than the edge's
 *   program said of a decision
 * @property {string} [degrade] the degrade mode
 * @property {string[]} [denied] purposes
 * @property {boolean} [quiet] counts only
 * @property {{place: string, regime: string, rulings: object[]} | null} [gate] the gate's outcome
 * @property {string | null} [unit] the raw id: it becomes a pseudonym or nothing
 * @property {object | null} [fields]
 * @property {import("./records_trace.js").Trace | null} [trace]
 * @property {number} status
 * @property {string} method
 * @property {string} route
 * @property {number | null} [duration] ms
 * @property {(number | null)[] | null} [stages] ms in the order of `STAGES`, null where one did not run
 * @property {import("./encode.js").Reading[] | null} [readings] for the requests for which `wantsReadings` asks
 * @property {Float64Array | null} [vector]
 * @property {[string, number][] | null} [scores] by model
 */

/**
 * @typedef {object} Options
 * @property {{master?: Uint8Array, days?: Map<string, Uint8Array>}} keys
 * @property {import("./records_outbox.js").Sink} sink
 * @property {() => number} clock ms UTC
 * @property {() => number} random of [0, 1)
 * @property {() => string} newId the id of this recorder, which begins those of its events
 * @property {(ms: number) => Promise<void>} sleep
 * @property {() => {[stage: string]: {[name: string]: number}}} [stages] counters that stages keep themselves
 */

/** Takes facts of requests. `record` never throws and never waits; `flush` and `drain` send, after the answer has gone. */
export class Recorder {
  /**
   * @param {object} table the records' tables
   * @param {object[]} decisions those of the tables
   * @param {import("./records_events.js").About} about
   * @param {Options} options
   */
  constructor(table, decisions, about, { keys, sink, clock, random, newId, sleep, stages = noStages }) {
    this.table = table;
    this.about = about;
    this.clock = clock;
    this.random = random;
    this.newId = newId;
    this.sleep = sleep;
    this.stages = stages;
    this.outcomes = createOutcomes(decisions);
    this.counts = new Counts(table, this.outcomes);
    this.own = new Map(); // what the recorder itself counts, until it is sent
    this.count = this.count.bind(this);
    this.treat = createFields(table, this.count);
    this.pseudonymOf = createKeys(table.tenant, keys);
    this.outbox = new Outbox(sink, this.count, random, sleep);
    this.isRepeated = createRepeats(table.repeat_after);
    this.models = new Map(Object.entries(table.models));
    this.hidesUnit = !table.fields.some(({ name, treatment }) => name === "unit" && treatment === "hmac");
    this.kept = [];
    this.cells = new Map();
    this.day = -1;
    this.id = null; // drawn by the first event: a worker may draw nothing while it starts
    this.events = 0;
    this.told = new Map();
    this.due = 0;
    this.lingersUntil = 0;
    this.pausedUntil = 0;
    this.busyUntil = 0;
  }

  /** Whether the next request's features should be read for the record; a share of all, by chance. */
  wantsReadings() {
    const { readings } = this.table;
    return readings > 0 && this.random() < readings;
  }

  /**
   * Count a request and keep what is to be kept.
   * @param {Facts} facts
   * @returns {boolean} whether the caller is to wait for `drain` now, after its answer
   */
  record(facts) {
    try {
      this.put(facts);
    } catch {
      this.count("not-recorded"); // telemetry never fails a request; what it could not take is counted
    }
    return this.isDue(facts.at);
  }

  /**
   * Flush at once when it is time, else when the table's time has passed: so nothing waits for a next request. Where a
   * flush is under way, or the sink did not take it, it is tried once more after the same time.
   * @returns {Promise<boolean>}
   */
  async drain() {
    const now = this.clock();
    if (now < this.due && (this.kept.length < this.table.batch || this.isHeld(now))) await this.sleep(this.due - now);
    if (await this.flush()) return true;
    await this.sleep(this.table.flush_after);
    return this.flush();
  }

  /**
   * Send what there is. Nothing is thrown.
   * @returns {Promise<boolean>} false when the sink did not take all of it
   */
  async flush() {
    if (this.clock() < this.busyUntil) return false;
    this.busyUntil = this.clock() + LONGEST_FLUSH;
    this.due = 0; // what comes from here on has a time of its own
    this.lingersUntil = 0;
    let sent = false;
    try {
      sent = await this.outbox.send();
      if (sent) {
        await this.fill(true);
        sent = await this.outbox.send();
      }
      while (sent && this.kept.length > 0) {
        await this.fill(false);
        sent = await this.outbox.send();
      }
    } catch {
      this.count("not-sent");
    }
    this.busyUntil = 0;
    this.pausedUntil = sent ? 0 : this.clock() + this.table.flush_after;
    return sent;
  }

  put(facts) {
    const isQuiet = facts.quiet === true || (facts.denied !== undefined && facts.denied.includes(this.table.purpose));
    const treated = this.treat(facts.fields);
    this.counts.add(facts, treated, isQuiet);
    const isRare = this.isRare(treated.key, facts.at);
    if (isQuiet) this.count("counts-only");
    else this.choose(facts, treated, isRare);
  }

  /** Keep the decisions of a request that are to be kept. */
  choose(facts, treated, isRare) {
    const { chosen, codes, neutral, replaced } = facts;
    let place = -1;
    for (let i = 0; i < chosen.length; i += 1) {
      const decision = chosen[i];
      const ending = neutral ? NEUTRAL_ENDING : this.outcomes.ending(decision, codes);
      const told = this.outcomes.told(decision, ending);
      const other = replaced?.get(decision);
      const mode = neutral ? "neutral" : (other?.mode ?? "edge");
      const why = whyKept(mode, told);
      if (why === "random" && this.table.rate === 0) continue;
      if (place < 0) place = this.placeOf(facts);
      if (!this.isKept(decision, ending, told, why, place, facts.at, isRare)) continue;
      const outcome = other?.outcome ?? told.outcome;
      this.keep(facts, decision, told, outcome, mode, why, isRare ? NOBODY : treated.shown, treated.ids);
    }
  }

  placeOf({ unit, at }) {
    return unit === null || unit === undefined ? Math.floor(this.random() * ALL) : unitHash(unit, at);
  }

  isKept(decision, ending, { experiment }, why, place, at, isRare) {
    const { rate, sensitive_decisions: decisions, sensitive_experiments: experiments } = this.table;
    if (why === "random" && !isSampled(place, rate)) return false;
    if (decisions.includes(this.outcomes.names[decision]) || experiments.includes(experiment)) {
      this.count("sensitive");
      return false;
    }
    if (why === "random" && isRare) {
      this.count("rare");
      return false;
    }
    if (why === "experiment" && this.isRepeated(place, decision, this.outcomes.leafOf(decision, ending), at)) {
      this.count("repeated");
      return false;
    }
    return true;
  }

  keep(facts, decision, told, outcome, mode, why, shown, ids) {
    if (this.kept.length >= this.table.queue) {
      this.count("queue-full");
      return;
    }
    const name = this.outcomes.names[decision];
    this.kept.push({
      at: facts.at,
      decision: name,
      told,
      outcome,
      mode,
      degrade: knownDegrade(facts.degrade),
      why,
      rate: why === "random" ? this.table.rate : 1,
      unit: this.hidesUnit ? null : (facts.unit ?? null),
      ids,
      shown,
      features: facts.vector ? hashVector(facts.vector) : null,
      models: this.models.get(name) ?? NOBODY,
      trace: facts.trace ?? null,
      status: facts.status,
      method: knownMethod(facts.method),
      route: knownRoute(facts.route),
    });
  }

  /** Whether fewer requests of the day than the smallest cell had these fields, as far as this recorder saw. */
  isRare(key, at) {
    const day = Math.floor(at / DAY);
    if (day !== this.day) {
      this.day = day;
      this.cells.clear();
    }
    const seen = this.cells.get(key);
    if (seen === undefined && this.cells.size >= MOST_CELLS) return true;
    this.cells.set(key, (seen ?? 0) + 1);
    return (seen ?? 0) + 1 < this.table.minimum_cell;
  }

  /** A caller is to wait once for what lingers, and once when a batch is full or the time is over. */
  isDue(at) {
    if (this.due === 0) this.due = at + this.table.flush_after;
    const isFull = this.kept.length >= this.table.batch || at >= this.due;
    if (at < this.lingersUntil && (!isFull || this.isHeld(at))) return false;
    this.lingersUntil = this.due + this.table.flush_after; // whoever waits may be cut off: then the next one does
    return true;
  }

  /** Whether a flush is under way, or the sink did not take the last one. */
  isHeld(at) {
    return at < this.busyUntil || at < this.pausedUntil;
  }

  /** Put a batch of what was counted and kept into the outbox, which is empty. */
  async fill(withCounts) {
    const batch = this.kept.splice(0, this.table.batch);
    const events = await Promise.all(batch.map((kept) => this.eventOf(kept)));
    this.countStages();
    if (withCounts && !this.counts.isEmpty) {
      events.unshift(countsEvent(this.about, this.nextId(), this.clock(), this.counts.take(this.about.registry)));
    }
    if (events.length > 0) this.outbox.put(JSON.stringify(events), events.length);
  }

  async eventOf(kept) {
    const named = kept.ids.slice();
    if (kept.unit !== null) named.push(["unit", kept.unit]);
    if (kept.features !== null) named.push(["features", kept.features]);
    const id = this.nextId();
    const found = new Map();
    for (const [name, text] of named) {
      const pseudonym = await this.pseudonymOf(text, kept.at);
      if (pseudonym !== null) found.set(name, pseudonym);
    }
    if (found.size < named.length) this.count("no-key");
    return evaluationEvent(this.about, id, kept, found);
  }

  nextId() {
    this.id ??= this.newId();
    this.events += 1;
    return `${this.id}.${this.events}`;
  }

  count(name, times = 1) {
    this.own.set(name, (this.own.get(name) ?? 0) + times);
  }

  /** Take over what the recorder counted, and by how much the stages' own counters have grown. */
  countStages() {
    for (const [name, times] of this.own) this.counts.count("records", name, this.clock(), times);
    this.own.clear();
    for (const [stage, counters] of Object.entries(this.stages())) {
      for (const [name, total] of Object.entries(counters)) {
        const key = `${stage}\n${name}`;
        const grown = total - (this.told.get(key) ?? 0);
        if (!(grown > 0) || !isWords(stage) || !isWords(name)) continue;
        this.told.set(key, total);
        this.counts.count(stage, name, this.clock(), grown);
      }
    }
  }
}

/**
 * Prepare a recorder.
 * @param {object} table
 * @param {object[]} decisions
 * @param {import("./records_events.js").About} about
 * @param {Options} options
 * @returns {Recorder}
 */
export function createRecorder(table, decisions, about, options) {
  return new Recorder(table, decisions, about, options);
}

/** What stands for a vector until a key is put to it: 64 bits of its doubles, little endian, missing as -Infinity. */
function hashVector(vector) {
  const known = Float64Array.from(vector);
  for (let i = 0; i < known.length; i += 1) if (known[i] !== known[i]) known[i] = -Infinity;
  const bytes = new Uint8Array(known.buffer);
  return `features:${digits(murmur3(bytes, bytes.length, 0))}${digits(murmur3(bytes, bytes.length, SECOND_SEED))}`;
}

function digits(hash) {
  return hash.toString(16).padStart(8, "0");
}

/** Whether a text can be the name of a counter: names are written by us, and have no digits, as ids have. */
function isWords(name) {
  for (let i = 0; i < name.length; i += 1) {
    const unit = name.charCodeAt(i);
    const letter = unit | 32;
    if (unit !== 45 && unit !== 95 && !(letter >= 97 && letter <= 122)) return false;
  }
  return name.length >= 1 && name.length <= LONGEST_NAME;
}

function whyKept(mode, told) {
  if (mode === "neutral") return "error";
  if (mode === "fallback") return "fallback";
  return told.experiment === null ? "random" : "experiment";
}

function noStages() {
  return {};
}
