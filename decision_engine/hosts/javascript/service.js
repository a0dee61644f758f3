/**
 * The service: what stands between a request and the host, and between the host and the answer. A request goes through the
 * stages in one order:
 *
 *     gate -> profile -> decide -> sticky -> hybrid -> render -> record
 *
 * A stage that a registry does not configure does not exist. A stage that fails says nothing, and is counted: the shopper
 * still gets an answer. A request for which no stage has to wait is answered at once; the first stage that waits makes the
 * rest of the way a promise.
 */

import { createIdentity } from "./service_identity.js";
import { Trail } from "./service_trail.js";

const DECIDE = "/.edgewise/decide";
/** The stages whose times are told, in the order of the records' histograms. */
const TIMED = ["gate", "profile", "decide", "hybrid", "deliver"];

/**
 * @typedef {object} Stages what makes the stages; absent for those that the registry does not configure
 * @property {typeof import("./consent_stage.js").createGate} [createGate]
 * @property {typeof import("./service_profile.js").createProfileStage} [createProfileStage]
 * @property {typeof import("./service_sticky.js").createStickyStage} [createStickyStage]
 * @property {typeof import("./service_hybrid.js").createHybridStage} [createHybridStage]
 * @property {typeof import("./service_records.js").createRecordStage} [createRecordStage]
 */

/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {(trail: Trail) => Promise<void> | undefined | void} run
 * @property {(trail: Trail) => void} [failed] puts in what is safe when `run` has thrown
 * @property {(trail: Trail) => void} [begin] comes before all stages
 */

/**
 * @typedef {object} Ports what the platform gives; all but `keys` and `clock` may be absent
 * @property {import("./keys.js").Keys} keys
 * @property {() => number} clock ms UTC
 * @property {() => number} monotonic ms, from anywhere
 * @property {() => number} random from 0 up to 1
 * @property {() => string} newId
 * @property {{get: (key: string) => Promise<string | null>} | null} [kv]
 * @property {Function | null} [ask] asks the cloud
 * @property {Function | null} [sink] takes records
 * @property {boolean} [killed] whether personalisation has ended for all
 * @property {import("./service_identity.js").StandingOf | null} [standingOf]
 * @property {(error: unknown, stage: string) => void} [onError]
 */

/**
 * @typedef {object} Service
 * @property {(http: import("./messages.js").HttpRequest, context: {waitUntil: Function} | null, document?: string | null) =>
 *   Trail | Promise<Trail>} serve nothing is thrown. `context` takes what is to go on after the response. `document` tells
 *   that the request is a page view: see page_view.js
 * @property {(http: import("./messages.js").HttpRequest, context: {waitUntil: Function} | null, trace?: object | null) =>
 *   Trail | Promise<Trail>} servePage the same for a page of the shop, whose target is the decide route's: it has outcomes, and no answer
 * @property {{[stage: string]: {[name: string]: number}}} counters
 */

/**
 * Prepare a service.
 * @param {object} tables
 * @param {import("./host.js").Host} host
 * @param {Stages} stages
 * @param {Ports} ports
 * @returns {Service}
 */
export function createService(tables, host, stages, ports) {
  const table = tables.service ?? {};
  const failures = {};
  const counters = { service: failures };
  const context = { tables, table, host, ports, counters, identity: createIdentity(tables, ports) };
  const way = [
    ...gateStage(context, stages),
    ...madeBy(stages.createProfileStage, context),
    { name: "decide", run: (trail) => decide(host, trail) },
    ...madeBy(stages.createStickyStage, context),
    ...madeBy(stages.createHybridStage, context),
    { name: "render", run: (trail) => render(host, trail), failed: (trail) => renderPlain(host, trail) },
    ...madeBy(stages.createRecordStage, context),
  ];

  const places = way.map(({ name }) => TIMED.indexOf(name));
  const isTimed = way.some(({ begin }) => begin !== undefined);
  const begins = way.filter(({ begin }) => begin !== undefined);
  const { identity } = context;

  const serve = (http, platform, document) => start(new Trail(http, platform, document, identity));

  function servePage(http, platform, trace = null) {
    const trail = new Trail(http, platform, http.target === DECIDE ? null : undefined, identity);
    trail.isPage = true;
    trail.trace = trace;
    return start(trail);
  }

  function start(trail) {
    if (isTimed) trail.begun = ports.monotonic();
    for (let i = 0; i < begins.length; i += 1) {
      try {
        begins[i].begin(trail);
      } catch (error) {
        fail(error, begins[i].name, trail);
      }
    }
    return run(trail, 0);
  }

  function run(trail, first) {
    for (let i = first; i < way.length; i += 1) {
      let waiting;
      try {
        waiting = way[i].run(trail);
      } catch (error) {
        fail(error, way[i].name, trail);
      }
      if (waiting !== undefined) return runLater(trail, waiting, i);
      if (trail.times !== null && places[i] >= 0) trail.times[places[i]] = 0;
    }
    return trail;
  }

  /** Only waiting takes time that is told: the platform's clock stands still while code runs. */
  async function runLater(trail, waiting, i) {
    const since = trail.times === null ? 0 : ports.monotonic();
    trail.keepCodes();
    try {
      await waiting;
    } catch (error) {
      fail(error, way[i].name, trail);
    }
    if (trail.times !== null && places[i] >= 0) trail.times[places[i]] = ports.monotonic() - since;
    return run(trail, i + 1);
  }

  /** What fails leaves the trail as it was; `failed` of the stage puts in what is safe. */
  function fail(error, name, trail) {
    failures[name] = (failures[name] ?? 0) + 1;
    way.find((stage) => stage.name === name).failed?.(trail);
    try {
      ports.onError?.(error, name);
    } catch {
      // The hook is not ours.
    }
  }

  return { serve, servePage, counters };
}

function madeBy(create, context) {
  return create === undefined ? [] : [create(context)];
}

/** Without a gate everyone may be known: then requests say themselves what is denied. */
function gateStage({ table, ports, counters, identity }, { createGate }) {
  if (createGate === undefined || (table.gate ?? null) === null) return [];
  const gate = createGate(table.gate, ports.keys.signing);
  counters.gate = gate.counters;

  const put = (trail, allowed) => {
    trail.gate = allowed.outcome;
    trail.known.denied = allowed.denied;
    trail.known.mayStore = allowed.mayStore;
  };

  /** The pseudonym is needed for a receipt, the standing of every visitor who has a name. */
  function rule(trail) {
    const { http } = trail;
    const seen = { geo: http.geo, jar: trail.jar, gpc: http.header("sec-gpc") };
    const needsName = identity.hasStandings || gate.bringsReceipt(seen.jar);
    if (!needsName) return settle(trail, gate.rule(seen, null, identity.everyone, http.at));
    const pseudonym = identity.pseudonymOf(trail);
    if (pseudonym instanceof Promise) return ruleLater(trail, seen, pseudonym);
    const standing = identity.standingOf(pseudonym, http.at, trail);
    if (standing instanceof Promise) return ruleLater(trail, seen, pseudonym);
    return settle(trail, gate.rule(seen, pseudonym, standing, http.at));
  }

  async function ruleLater(trail, seen, waiting) {
    const pseudonym = await waiting;
    const standing = await identity.standingOf(pseudonym, trail.http.at, trail);
    put(trail, await gate.rule(seen, pseudonym, standing, trail.http.at));
  }

  function settle(trail, allowed) {
    if (allowed instanceof Promise) return allowed.then((found) => put(trail, found));
    put(trail, allowed);
    return undefined;
  }

  return [{ name: "gate", run: rule, failed: (trail) => put(trail, gate.nothing) }];
}

/** A page view by the function that touches little; all else by the routes. */
function decide(host, trail) {
  const { http, document } = trail;
  http.known = trail.known;
  if (document !== undefined) {
    if (trail.known.mayStore) trail.known.visitor = trail.visitorId();
    const codes = look(host, http, document);
    if (codes !== null) {
      trail.see(codes, host.everything);
      trail.namesUnit = host.look.namesUnit;
      return;
    }
  }
  trail.take(host.decideRequest(http));
}

/** What a page view throws, the routes tell of. */
function look(host, http, document) {
  try {
    return host.look(http, document);
  } catch {
    return null;
  }
}

function render(host, trail) {
  const { decided, isPage, replaced } = trail;
  if (isPage) return;
  if (decided === null && replaced === null) {
    try {
      trail.page = host.page(trail.codes, trail.http.at);
      return;
    } catch {
      // Codes that are not in the tables: the routes make neutral outcomes of them, and tell.
    }
  }
  trail.response = host.renderDecided(trail.asDecided(), replaced);
}

/** What the edge decided itself, where another outcome cannot be rendered. */
function renderPlain(host, trail) {
  trail.replaced = null;
  trail.response = host.renderDecided(trail.asDecided(), null);
}
