/** Who comes: the visitor's id by his cookie, the pseudonym that it goes by, and what is known of his withdrawals. */

import { isUnit } from "./encode.js";
import { createPseudonyms } from "./pseudonym.js";
import { createJars, signalNames } from "./service_cookies.js";

const TENANT = "edgewise";

/**
 * @callback StandingOf asks for what is known of a visitor's withdrawals
 * @param {string} pseudonym
 * @param {number} at ms UTC
 * @param {{waitUntil: Function} | null} context takes work that goes on after the response
 * @returns {import("./consent_stage.js").Standing | Promise<import("./consent_stage.js").Standing>}
 */

/**
 * Prepare the naming of visitors.
 * @param {object} tables
 * @param {import("./service.js").Ports} ports
 * @returns {{jarOf: (header: string) => import("./service_cookies.js").Jar,
 *   readVisitor: (trail: import("./service_trail.js").Trail) => string | null,
 *   pseudonymOf: (trail: import("./service_trail.js").Trail) => string | null | Promise<string | null>,
 *   standingOf: (pseudonym: string | null, at: number, trail: import("./service_trail.js").Trail) =>
 *     import("./consent_stage.js").Standing | Promise<import("./consent_stage.js").Standing>,
 *   hasStandings: boolean, everyone: import("./consent_stage.js").Standing}} a pseudonym is null for a visitor without a cookie
 *   that names him, and without a key
 */
export function createIdentity({ identity, service }, { keys, killed = false, standingOf = null }) {
  const tenant = service?.profile?.tenant ?? TENANT;
  const pseudonyms = keys.pseudonym === null ? null : createPseudonyms(keys.pseudonym, tenant);
  const everyone = { stopped: killed ? "killed" : null, epoch: 0 };

  function pseudonymOf(trail) {
    if (trail.pseudonym !== undefined) return trail.pseudonym;
    const visitor = trail.visitorId();
    if (visitor === null || pseudonyms === null) {
      trail.pseudonym = null;
      return null;
    }
    const found = pseudonyms.of(visitor);
    if (found instanceof Promise) return keepName(trail, found);
    trail.pseudonym = found;
    return found;
  }

  return {
    jarOf: createJars(signalNames(service?.gate)),
    readVisitor: (trail) => readVisitor(identity, trail),
    pseudonymOf,
    standingOf: (pseudonym, at, trail) =>
      pseudonym === null || standingOf === null || killed ? everyone : standingOf(pseudonym, at, trail.context),
    hasStandings: standingOf !== null && !killed,
    everyone,
  };
}

async function keepName(trail, waiting) {
  trail.pseudonym = await waiting;
  return trail.pseudonym;
}

function readVisitor(identity, trail) {
  const id = identity === null ? "" : (trail.jar.value(identity.cookie) ?? "");
  return isUnit(id) ? id : null;
}
