/** The profile as a stage of the service: what a verified token, or the edge's KV, says of a visitor who may be known. */

import { createProfiles } from "./profiles.js";

/**
 * Prepare the stage. A visitor who allows no storage is not looked up, and neither is one without a name or a key.
 * @param {{table: object, ports: import("./service.js").Ports, counters: object, identity: object}} service
 * @returns {{name: string, run: (trail: import("./service_trail.js").Trail) => Promise<void> | undefined}}
 */
export function createProfileStage({ table: { profile: table }, ports, counters, identity }) {
  const profiles = createProfiles(table, ports.keys.signing, { kv: ports.kv ?? null, ...timersOf(ports) });
  counters.profile = profiles.counters;
  let isWarm = (ports.kv ?? null) === null || table.store === null || !(table.store.warm > 0);

  /** The first request of an isolate lets it ask for visitors who will come, behind the response. */
  function warm(trail) {
    isWarm = true;
    const work = profiles.warmTop(trail.http.at);
    trail.keep?.(work);
  }

  function run(trail) {
    if (!isWarm) warm(trail);
    if (!trail.known.mayStore) return undefined;
    const text = tokenOf(table, trail);
    if (text === null && (table.store === null || (ports.kv ?? null) === null)) return undefined;
    const pseudonym = identity.pseudonymOf(trail);
    if (pseudonym === null) return undefined;
    if (pseudonym instanceof Promise) return lookUpLater(trail, text, pseudonym);
    return settle(trail, lookUp(trail, text, pseudonym));
  }

  async function lookUpLater(trail, text, waiting) {
    put(trail, await lookUp(trail, text, await waiting));
  }

  const hasStore = table.store !== null && (ports.kv ?? null) !== null;
  const lookUp = (trail, text, pseudonym) =>
    profiles.read(text, pseudonym, trail.http.at, trail.left(), hasStore ? trail.keep : null);

  return { name: "profile", run };
}

function settle(trail, found) {
  if (found instanceof Promise) return found.then((profile) => put(trail, profile));
  put(trail, found);
  return undefined;
}

function put(trail, profile) {
  if (profile === null) return;
  trail.known.features = profile.features;
  trail.known.timestamps = profile.timestamps;
}

function timersOf({ timers }) {
  return timers === undefined ? {} : { timers };
}

/** The header wins over the cookie: a page's own code sends it on purpose. */
function tokenOf({ header, cookie }, trail) {
  const sent = header === null ? null : (trail.http.header(header) ?? null);
  if (sent !== null || cookie === null) return sent;
  return trail.jar.value(cookie);
}
