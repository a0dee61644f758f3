/** Modes and escalation as a stage of the service: what the edge is unsure about it asks the cloud, as its mode allows. */

import { startBudget } from "./budget.js";
import { createHybrid } from "./hybrid_ask.js";
import { createActions, createHealth, firstMode, nextMode } from "./modes.js";

/** The mode is looked at again after so many ms, and at once when the breaker has changed. */
const MODE_LASTS = 50;

/**
 * Prepare the stage. Without a cloud nobody asks; without the policy `degrade.modes` the mode is always `full`.
 * @param {object} service
 * @returns {{name: string, run: (trail: import("./service_trail.js").Trail) => Promise<void> | undefined, begin: Function}}
 */
export function createHybridStage({ tables, table, host, ports, counters }) {
  const hybrid = openHybrid(tables, table.hybrid ?? null, host, ports);
  if (hybrid !== null) counters.hybrid = hybrid.counters;
  const modes = (table.modes ?? null) === null ? null : new Modes(tables, table.modes, hybrid, ports);

  /** Give the request its time. */
  function begin(trail) {
    if (hybrid === null) return;
    trail.budget = startBudget(hybrid.latency(host.everything), ports.monotonic, trail.begun);
  }

  function run(trail) {
    if (modes !== null) modes.see(trail);
    if (trail.isNeutral || trail.chosen.length === 0) return undefined;
    const leaves = modes === null ? leavesOf(host, hybrid, trail) : modes.act(host, trail);
    return leaves === null || hybrid.blocks() ? undefined : escalate(trail, leaves);
  }

  async function escalate(trail, leaves) {
    trail.keepCodes();
    // A page view has no request object yet, and the cloud is told of features.
    if (trail.decided === null) trail.decided = { ...host.decideRequest(trail.http), codes: trail.codes };
    const budget = startBudget(hybrid.latency(trail.chosen), ports.monotonic, trail.begun);
    const found = await hybrid.escalate(trail.decided, leaves, budget, trail.keep, trail.trace?.header);
    for (const [decision, replacement] of found) trail.replace(decision, replacement);
  }

  return { name: "hybrid", run, begin };
}

function openHybrid(tables, table, host, { ask = null, random, timers }) {
  if (table === null || ask === null) return null;
  return createHybrid(table, { tables, ask, read: host.readDecided, random, timers });
}

/** The leaves of the decisions asked for, where one of them asks; null where none does. */
function leavesOf(host, hybrid, { chosen, codes }) {
  if (hybrid === null) return null;
  let leaves = null;
  for (let i = 0; i < chosen.length; i += 1) {
    if (hybrid.asks(chosen[i], codes[chosen[i]])) {
      leaves ??= new Array(chosen.length).fill(null);
      leaves[i] = host.leaf(chosen[i], codes);
    }
  }
  return leaves;
}

/** The mode of one running edge, by what its requests show. */
class Modes {
  constructor(tables, table, hybrid, ports) {
    this.table = table;
    this.actionOf = createActions(table, tables);
    this.hybrid = hybrid;
    this.ports = ports;
    this.state = null;
    this.health = createHealth();
    this.seen = -Infinity;
    this.breaker = null;
    this.asks = tables.decisions.some(({ leaves }) => leaves.some(({ ask }) => ask !== undefined));
    this.newest = null; // when the newest profile that came was written: features that stop being synced grow old
  }

  get cloud() {
    return this.hybrid === null ? null : this.hybrid.breaker();
  }

  /** Take note of a request, and look at the mode where that is due. */
  see(trail) {
    const { monotonic, release } = this.ports;
    const now = monotonic();
    this.state ??= firstMode(now);
    this.health.note(now - trail.begun, trail.isNeutral, now);
    this.noteFeatures(trail.known.timestamps);
    const { cloud } = this;
    if (now - this.seen >= MODE_LASTS || cloud !== this.breaker || now < this.seen) {
      this.seen = now;
      this.breaker = cloud;
      this.state = nextMode(this.table, this.state, this.signals(trail.http.at, now, release?.(trail.http.at)), now);
    }
    trail.mode = this.state.mode;
    trail.log = this.table.modes[trail.mode].log;
  }

  noteFeatures(timestamps) {
    if (timestamps === null) return;
    for (const path in timestamps) {
      if (Object.hasOwn(timestamps, path) && !(timestamps[path] <= this.newest)) this.newest = timestamps[path];
    }
  }

  signals(at, now, release) {
    return {
      valid: release?.valid ?? true,
      release_age: release?.age ?? null,
      feature_age: this.newest === null ? null : Math.max(at - this.newest, 0),
      cloud: this.cloud,
      errors: this.health.errors(now),
      latency: this.health.latency(now),
    };
  }

  /** Put in the neutral outcomes that the mode wants; gives the leaves where one is to ask, else null. */
  act(host, trail) {
    if (!this.asks && this.table.modes[trail.mode].models === "run") return null; // as decided, whatever it is
    const { chosen, codes } = trail;
    const { cloud } = this;
    let leaves = null;
    for (let i = 0; i < chosen.length; i += 1) {
      const { ask, isNeutral } = this.actionOf(this.state, cloud, chosen[i], codes[chosen[i]]);
      if (isNeutral) trail.replace(chosen[i], host.neutralOf(chosen[i]));
      else if (ask !== null) {
        leaves ??= new Array(chosen.length).fill(null);
        leaves[i] = { ...host.leaf(chosen[i], codes), ask };
      }
    }
    return leaves;
  }
}
