/**
 * Escalates against a real endpoint, in real time: a line of JSON in (`tables`, `table`, `address`, `requests`, `budget`,
 * `codes`, `gap`), a line out with what came of it.
 */

import { readFileSync } from "node:fs";

import { startBudget } from "../../../decision_engine/hosts/javascript/budget.js";
import { createHybrid } from "../../../decision_engine/hosts/javascript/hybrid_ask.js";
import { createLeaves } from "../../../decision_engine/hosts/javascript/leaves.js";

const { tables, table, address, requests, budget, codes, gap, readings } = JSON.parse(readFileSync(0, "utf8"));
const timers = { now: () => performance.now(), set: setTimeout, clear: clearTimeout };
const ask = (body, deadline, headers) =>
  fetch(address, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(deadline) });
const edges = { tables, ask, read: () => readings, random: Math.random, timers };
const hybrid = createHybrid(table, edges);
const { leaf } = createLeaves(tables);
const chosen = tables.decisions.map((_, number) => number);

const took = [];
let thrown = 0;
let replaced = 0;
for (let i = 0; i < requests; i += 1) {
  const begin = performance.now();
  const given = Int32Array.from(codes);
  const decided = { at: 1763712000000 + i, chosen, codes: given, request: { units: { visitor_id: `v-${i}` } } };
  const leaves = chosen.map((number) => leaf(number, given));
  try {
    const found = await hybrid.escalate(decided, leaves, startBudget(budget, timers.now));
    if (found.size > 0) replaced += 1;
  } catch {
    thrown += 1;
  }
  took.push(performance.now() - begin);
  if (gap > 0) await new Promise((resolve) => setTimeout(resolve, gap));
}
process.stdout.write(JSON.stringify({ took, thrown, replaced, counters: hybrid.counters, breaker: hybrid.breaker() }));
process.exit(0); // a call that hangs must not keep the process
