/** Sticky assignments as a stage of the service: what a visitor's signed cookie keeps, put in the place of the hash's word. */

import { createSticking } from "./profile_sticky.js";
import { createProfiles } from "./profiles.js";

/**
 * Prepare the stage. It follows `decide`. A visitor who allows no storage keeps nothing.
 * @param {{tables: object, table: object, ports: import("./service.js").Ports, counters: object, identity: object}} service
 * @returns {{name: string, run: (trail: import("./service_trail.js").Trail) => Promise<void> | undefined}}
 */
export function createStickyStage({ tables, table: { profile: table }, ports, counters, identity }) {
  const profiles = createProfiles({ ...table, store: null }, ports.keys.signing);
  const stick = createSticking(tables);
  const counted = { kept: 0 };
  counters.sticky = counted;

  function run(trail) {
    if (table.sticky === null || !trail.known.mayStore || trail.codes.length === 0) return undefined;
    const text = trail.jar.value(table.sticky.cookie);
    if (text === null) return undefined;
    const pseudonym = identity.pseudonymOf(trail);
    if (pseudonym === null) return undefined;
    if (pseudonym instanceof Promise) return readLater(trail, text, pseudonym);
    const variations = profiles.readSticky(text, pseudonym, trail.http.at);
    if (variations instanceof Promise) return variations.then((found) => put(trail, found));
    put(trail, variations);
    return undefined;
  }

  async function readLater(trail, text, waiting) {
    const pseudonym = await waiting;
    if (pseudonym !== null) put(trail, await profiles.readSticky(text, pseudonym, trail.http.at));
  }

  function put(trail, variations) {
    if (variations !== null) counted.kept += stick(trail.codes, trail.chosen, variations);
  }

  return { name: "sticky", run };
}
