/**
 * Escalation: the decisions of a request that are unsure ask the cloud, all in one call, within what is left of the request's
 * time. Nothing is thrown, and nothing is later than the budget: what did not come in time, or cannot be used, leaves the
 * edge's own outcomes as they are, and is counted by its reason.
 *
 * Equal questions at the same time are one call, whose answer is read once. Each request waits for it no longer than its own
 * deadline, since the platform may drop the request that made the call.
 */

import { readAnswer, replacementOf } from "./hybrid_answer.js";
import { createBreaker } from "./hybrid_breaker.js";
import { LONGEST_QUESTION, createChoices, finishQuestion, unitsOf, writeQuestion } from "./hybrid_question.js";
import { watch } from "./watching.js";

/** Calls at the same time; beyond these nobody asks. */
const MOST_CALLS = 64;
/** Timers may ring so many ms before their time. */
const EARLY = 1;
const KEY_PARTS = 4;
const LONGEST_RETRY_AFTER = 6; // digits

const NOTHING = new Map();
const LATE = { reason: "late", decisions: NOTHING };
const FAILED = { reason: "failed", decisions: NOTHING };
/** What must not be called a failure of the cloud's. */
const BLAMELESS = [null, "other-registry"];

/**
 * @typedef {object} HybridTable times in ms
 * @property {number} latency of a request whose decisions need none
 * @property {{[name: string]: number}} latencies that decisions need
 * @property {number} within
 * @property {number} reserve
 * @property {number} answer_bytes
 * @property {string[]} units
 * @property {import("./hybrid_breaker.js").BreakerTable} breaker
 */

/**
 * @typedef {object} Edges what the platform and the host give
 * @property {object} tables of the host
 * @property {(body: string, deadline: number, headers: Record<string, string>) => Promise<Response>} ask sends a question
 * @property {(decided: import("./http.js").Decided) => {name: string, value: unknown, status: string}[]} read the features of
 *   a request as they were served
 * @property {() => number} random from 0 to 1
 * @property {import("./profile_store.js").Timers} timers
 */

/**
 * @typedef {object} Hybrid
 * @property {(chosen: number[]) => number} latency the time in ms that a request for these decisions has
 * @property {(decided: import("./http.js").Decided, leaves: (import("./leaves.js").Leaf | null)[],
 *   budget: import("./budget.js").Budget, keep?: ((work: Promise<unknown>) => void) | null) =>
 *   Promise<Map<number, import("./leaves.js").Replacement>>} escalate gives the outcomes of the cloud by decision. `leaves` are
 *   those of `decided.chosen`, in its order; `keep` gets work that is to go on after the response
 * @property {(decision: number, code: number) => boolean} asks whether the leaf of a code is unsure; it touches little
 * @property {() => boolean} blocks whether the breaker lets nobody through now; then it is counted, and nothing need be prepared
 * @property {() => "closed" | "open" | "half-open"} breaker
 * @property {Record<string, number>} counters
 */

/**
 * Prepare escalation for one running edge.
 * @param {HybridTable} table
 * @param {Edges} edges
 * @returns {Hybrid}
 */
export function createHybrid(table, { tables, ask, read, random, timers }) {
  const names = tables.decisions.map(({ name }) => JSON.parse(name));
  const choiceAt = createChoices(tables);
  const breaker = createBreaker(table.breaker, random);
  const calls = new Map(); // those that run, by question
  const counters = createCounters();

  /** Make the call; what it gives never fails. */
  async function call(text, asked, at, deadline, begun, traceparent) {
    const headers = { "content-type": "application/json", "idempotency-key": `"${drawKey(random)}"` };
    if (traceparent !== undefined) headers.traceparent = traceparent;
    let found;
    let retryAfter = null;
    try {
      const response = await ask(finishQuestion(text, at, deadline), deadline, headers);
      if (response.status === 200) {
        const bytes = await readBytes(response, table.answer_bytes);
        found = bytes === null ? { reason: "too-large", decisions: NOTHING } : readAnswer(bytes, tables.registry, asked, choiceAt);
      } else {
        const isRefused = response.status === 429 || response.status === 503;
        if (isRefused) retryAfter = retryAfterOf(response);
        found = { reason: isRefused ? "throttled" : "status", decisions: NOTHING };
        await response.body?.cancel?.();
      }
    } catch (error) {
      found ??= error?.name === "TimeoutError" ? LATE : FAILED;
    }
    forget(text, begun);
    if (!begun.isOver) {
      begun.isOver = true;
      const now = timers.now();
      if (retryAfter !== null) breaker.refused(begun.ticket, now, retryAfter);
      else if (BLAMELESS.includes(found.reason)) breaker.succeeded(begun.ticket, now);
      else breaker.failed(begun.ticket, now);
    }
    return found;
  }

  /** The running call of an equal question, or a new one; null, with a reason counted, where none may be made. */
  function callFor(text, asked, at, deadline, traceparent, keep) {
    const now = timers.now();
    const running = calls.get(text);
    if (running !== undefined && now < running.ends) {
      counters.coalesced += 1;
      return { running, isOwn: false };
    }
    if (text.length > LONGEST_QUESTION) return count("too-long");
    if (calls.size >= MOST_CALLS && !sweep(now)) return count("busy");
    const ticket = breaker.admit(now);
    if (ticket === null) return count("open");
    counters.asked += 1;
    const begun = { ticket, ends: now + deadline, isOver: false, answer: null, said: null };
    calls.set(text, begun);
    begun.answer = call(text, asked, at, deadline, begun, traceparent).then((found) => {
      begun.said = found;
      return found;
    });
    keep?.(begun.answer); // by who makes it alone: a platform lets no request hold on to the I/O of another
    return { running: begun, isOwn: true };
  }

  /** Forget calls whose time is over: the platform may have dropped the requests that made them. */
  function sweep(now) {
    for (const [text, { ends }] of calls) if (ends <= now) calls.delete(text);
    return calls.size < MOST_CALLS;
  }

  function forget(text, begun) {
    if (calls.get(text) === begun) calls.delete(text);
  }

  function count(reason) {
    counters[reason] += 1;
    return null;
  }

  /** Of requests that share a call, the first one's trace goes with it. */
  async function escalate(decided, leaves, budget, keep = null, traceparent = undefined) {
    try {
      return await replace(decided, leaves, budget, keep, traceparent);
    } catch {
      counters.failed += 1; // our own fault, never the shopper's
      return NOTHING;
    }
  }

  async function replace(decided, leaves, budget, keep, traceparent) {
    const asked = [];
    const asking = [];
    let longest = 0;
    for (let i = 0; i < leaves.length; i += 1) {
      const within = leaves[i]?.ask?.within ?? 0;
      if (within > 0) {
        const number = decided.chosen[i];
        asked.push({ number, name: names[number], code: decided.codes[number], within });
        asking.push(leaves[i]);
        if (within > longest) longest = within;
      }
    }
    if (asked.length === 0) return NOTHING;
    if (blocks()) return NOTHING;
    const text = writeQuestion(tables.registry, asked, choiceAt, asking, read(decided), unitsOf(decided.request), table.units);
    const begin = timers.now();
    const deadline = budget.grant(longest, table.reserve);
    if (deadline === 0) {
      counters["no-time"] += 1;
      return NOTHING;
    }
    const joined = callFor(text, asked, decided.at, deadline, traceparent, keep);
    if (joined === null) return NOTHING;
    const { running, isOwn } = joined;
    const found = isOwn ? await new Wait(running.answer, deadline, timers).done : ((await watch(running, deadline, timers)) ?? LATE);
    if (found === LATE && timers.now() + EARLY >= running.ends) giveUp(text, running);
    counters[found.reason ?? "answered"] += 1;
    return found.decisions.size === 0 ? NOTHING : chosenOf(asked, found, timers.now() - begin);
  }

  /** A call that was too late counts as failed at once, not when it ends; equal questions make a new one. */
  function giveUp(text, running) {
    forget(text, running);
    if (running.isOver) return;
    running.isOver = true;
    breaker.failed(running.ticket, timers.now());
  }

  function chosenOf(asked, { decisions }, taken) {
    const replaced = new Map();
    for (let i = 0; i < asked.length; i += 1) {
      const { number, name, code, within } = asked[i];
      const keys = decisions.get(name);
      if (keys === undefined) counters.unanswered += 1;
      else if (taken > within) counters.overdue += 1;
      else {
        counters.replaced += 1;
        replaced.set(number, replacementOf(keys, choiceAt(number), code, tables.payloads));
      }
    }
    return replaced;
  }

  function latency(chosen) {
    let least = Infinity;
    for (let i = 0; i < chosen.length; i += 1) least = Math.min(least, table.latencies[names[chosen[i]]] ?? Infinity);
    return least === Infinity ? table.latency : least;
  }

  function blocks() {
    const isBlocked = breaker.blocks(timers.now());
    if (isBlocked) counters.open += 1;
    return isBlocked;
  }

  const unsure = tables.decisions.map(({ leaves }) => leaves.map(({ ask }) => ask !== undefined));

  const asks = (decision, code) => unsure[decision][code] === true;

  return { latency, escalate, asks, blocks, breaker: () => breaker.state, counters };
}

/** Waits for an answer, but not longer than so many ms. */
class Wait {
  constructor(answer, ms, timers) {
    this.timers = timers;
    this.done = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.timer = timers.set(() => this.resolve(LATE), ms);
    answer.then((found) => this.end(found));
  }

  end(found) {
    this.timers.clear(this.timer);
    this.resolve(found);
  }
}

function createCounters() {
  return {
    asked: 0,
    coalesced: 0,
    answered: 0,
    replaced: 0,
    unanswered: 0,
    overdue: 0,
    open: 0,
    busy: 0,
    "no-time": 0,
    "too-long": 0,
    late: 0,
    failed: 0,
    status: 0,
    throttled: 0,
    "not-json": 0,
    "too-large": 0,
    "bad-answer": 0,
    "other-registry": 0,
  };
}

/** Read a body of at most `most` bytes; null for a longer one, of which no more is read. */
async function readBytes(response, most) {
  const chunks = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > most) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** `retry-after` in ms; 0 where it says none in seconds. */
function retryAfterOf(response) {
  const text = response.headers.get("retry-after") ?? "";
  if (text.length === 0 || text.length > LONGEST_RETRY_AFTER) return 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) < 48 || text.charCodeAt(i) > 57) return 0;
  }
  return Number(text) * 1000;
}

/** 128 random bits as hexadecimal digits: the cloud tells by it that a call is the same one again. */
function drawKey(random) {
  let key = "";
  for (let i = 0; i < KEY_PARTS; i += 1) key += Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
  return key;
}
