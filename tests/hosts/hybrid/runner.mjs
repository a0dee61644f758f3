/** Runs lines of operations of hybrid decisions and modes in node: lines of JSON in, lines of JSON out, in order. */

import { startBudget } from "../../../decision_engine/hosts/javascript/budget.js";
import { readAnswer, replacementOf } from "../../../decision_engine/hosts/javascript/hybrid_answer.js";
import { createHybrid } from "../../../decision_engine/hosts/javascript/hybrid_ask.js";
import { createBreaker } from "../../../decision_engine/hosts/javascript/hybrid_breaker.js";
import { createChoices, finishQuestion, unitsOf, writeQuestion } from "../../../decision_engine/hosts/javascript/hybrid_question.js";
import { actOn, createActions, createHealth, firstMode, nextMode } from "../../../decision_engine/hosts/javascript/modes.js";
import { createVirtualTime } from "../profile/virtual_time.mjs";

const encoder = new TextEncoder();

const OPERATIONS = {
  budget: ({ budget }) => runBudget(budget),
  breaker: ({ breaker, table }) => runBreaker(breaker, table),
  answer: ({ answer, tables, asked }) => runAnswer(answer, tables, asked),
  question: ({ question, tables }) => runQuestion(question, tables),
  escalation: ({ escalation, tables, table }) => runEscalation(escalation, tables, table),
  modes: ({ modes, table }) => runModes(modes, table),
  act: ({ act, table }) => runAct(act, table),
  health: ({ health }) => runHealth(health),
};

let text = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const line of text.split("\n").filter((one) => one !== "")) {
  const operation = JSON.parse(line);
  const name = Object.keys(OPERATIONS).find((one) => Object.hasOwn(operation, one));
  answers.push(JSON.stringify((await OPERATIONS[name](operation)) ?? null));
}
process.stdout.write(`${answers.join("\n")}\n`);

function runBudget({ total, steps, start }) {
  let now = 0;
  const budget = startBudget(total, () => now, start);
  return steps.map(([verb, ...given]) => {
    if (verb === "at") return (now = given[0]);
    if (verb === "left") return budget.left();
    if (verb === "draw") return budget.draw(given[0]);
    if (verb === "charge") return budget.draw(given[0], given[1]);
    return verb === "grant" ? budget.grant(given[0], given[1]) : { ...budget.spent };
  });
}

function runBreaker({ random, steps }, table) {
  const breaker = createBreaker(table, () => random);
  const tickets = {};
  return steps.map(({ at, do: verb, as: name, ms }) => {
    let gives = null;
    if (verb === "admit") {
      const blocks = breaker.blocks(at);
      const ticket = breaker.admit(at);
      gives = ticket !== null;
      if (gives === blocks) throw new Error("blocks and admit differ");
      if (gives) tickets[name] = ticket;
    } else if (verb === "dropped") breaker.dropped(tickets[name]);
    else breaker[verb](tickets[name], at, ms);
    return { gives, state: breaker.state };
  });
}

function bytesOf({ body, hex, repeat }) {
  if (hex !== undefined) return Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
  return encoder.encode(repeat === undefined ? body : repeat[0] + repeat[1].repeat(repeat[2]));
}

function askedOf(tables, asked, within) {
  const names = tables.decisions.map(({ name }) => JSON.parse(name));
  return asked.map(({ name, code }) => ({ number: names.indexOf(name), name, code, within }));
}

function runAnswer(answer, tables, given) {
  const asked = askedOf(tables, given, 80);
  const choiceAt = createChoices(tables);
  const { reason, decisions } = readAnswer(bytesOf(answer), tables.registry, asked, choiceAt);
  const replacements = {};
  for (const { number, name, code } of asked) {
    if (decisions.has(name)) replacements[number] = replacementOf(decisions.get(name), choiceAt(number), code, tables.payloads);
  }
  return { reason, decisions: Object.fromEntries(decisions), replacements };
}

function runQuestion({ asked, leaves, readings, units, send }, tables) {
  const found = askedOf(tables, asked.map(([name, code]) => ({ name, code })), 80);
  const served = readings.map(([name, type, value, status]) => ({
    name,
    value: type === "tags" ? new Set(value) : (value ?? undefined),
    status,
  }));
  const given = unitsOf({ units });
  return finishQuestion(writeQuestion(tables.registry, found, createChoices(tables), leaves, served, given, send), 5, 70);
}

async function runEscalation({ steps }, tables, table) {
  const time = createVirtualTime();
  let reply = null;
  const ask = (body, deadline, headers) => {
    if (JSON.parse(body).deadline_ms !== deadline || !headers["idempotency-key"]) throw new Error("not by the contract");
    if (reply.throws) throw new Error("no");
    if (reply.after === null) return new Promise(() => undefined);
    return time.sleep(reply.after).then(() => respond(reply));
  };
  const edges = { tables, ask, read: () => [], random: () => 0.5, timers: time.timers };
  const hybrid = createHybrid(table, edges);
  const found = [];
  for (const { reply: next, asks, budget = 120, spent = 0, wait = 0 } of steps) {
    if (wait > 0) await time.settle(time.sleep(wait));
    reply = next;
    const drawn = startBudget(budget, time.now);
    drawn.draw("decide", spent);
    const begin = time.now();
    const leaves = [leafOf("a", "1", asks[0]), leafOf("x", '{"items":[{"key":"x","value":3}]}', asks[1])];
    const decided = { at: 5, chosen: [0, 1], codes: Int32Array.of(0, 1, 0, 0, 0, 1, 0, 0), request: {} };
    const replaced = await time.settle(hybrid.escalate(decided, leaves, drawn));
    const outcomes = Object.fromEntries([...replaced].map(([number, { outcome }]) => [number, outcome]));
    found.push({ outcomes, took: time.now() - begin, counters: { ...hybrid.counters } });
  }
  return { steps: found, breaker: hybrid.breaker() };
}

function leafOf(outcome, payload, within) {
  return { outcome, payload, rule: 0, ask: within === null ? null : { within } };
}

function respond({ fails, status, body = "", fill = 0, headers = {} }) {
  if (fails) throw new Error("connection refused");
  return new Response(status === 200 && fill > 0 ? " ".repeat(fill) : body, { status, headers });
}

function runModes({ steps }, table) {
  let state = firstMode(0);
  return steps.map(({ at, signals }) => {
    const all = { valid: true, release_age: null, feature_age: null, cloud: null, errors: null, latency: null, ...signals };
    state = nextMode(table, state, all, at);
    return state;
  });
}

/** By itself, and as requests have it, twice. */
function runAct({ mode, cloud, decision, leaf }, table) {
  const { rule, ask, experiment = null } = leaf;
  const found = actOn(table, { mode }, cloud, decision, { rule, ask, experiment });
  const tail = JSON.stringify({ rule, experiment }).slice(1);
  const leaves = [{ tail, ...(ask === null ? {} : { ask: ask.within }) }];
  const actionOf = createActions(table, { decisions: [{ name: JSON.stringify(decision), leaves }] });
  for (let i = 0; i < 2; i += 1) {
    const again = actionOf({ mode }, cloud, 0, 0);
    if (JSON.stringify(again) !== JSON.stringify(found)) throw new Error(`${JSON.stringify(again)} differs`);
  }
  return found;
}

function runHealth(steps) {
  const health = createHealth();
  return steps.map(([verb, ...given]) => {
    if (verb === "note") return health.note(...given) ?? null;
    return verb === "errors" ? health.errors(...given) : health.latency(...given);
  });
}
