/** A worker that escalates one decided request for each that comes, and says what came of it, for tests in workerd. */

import { startBudget } from "./budget.js";
import { readAsk } from "./cloud.js";
import { createHybrid } from "./hybrid_ask.js";
import { createLeaves } from "./leaves.js";

const timers = { now: () => performance.now(), set: (call, ms) => setTimeout(call, ms), clear: (timer) => clearTimeout(timer) };
let stage = null;

function open(env) {
  const { tables, table, codes, readings } = JSON.parse(env.GIVEN);
  const hybrid = createHybrid(table, { tables, ask: readAsk(env), read: () => readings, random: Math.random, timers });
  return { hybrid, tables, codes, leaf: createLeaves(tables).leaf };
}

export default {
  async fetch(request, env, context) {
    stage ??= open(env);
    const { hybrid, tables, codes, leaf } = stage;
    const { pathname } = new URL(request.url);
    const given = Int32Array.from(codes);
    const chosen = tables.decisions.map((_, number) => number);
    const decided = { at: 1763712000000, chosen, codes: given, request: { units: { visitor_id: pathname.slice(1) } } };
    const leaves = chosen.map((number) => leaf(number, given));
    const found = await hybrid.escalate(decided, leaves, startBudget(90, timers.now), (work) => context.waitUntil(work));
    return Response.json({ replaced: [...found.keys()], counters: hybrid.counters, breaker: hybrid.breaker() });
  },
};
