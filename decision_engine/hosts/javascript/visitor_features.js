/** Features that a request shows of its visitor: `device.type`, `language.best` and the group `local`. */

import { own, ownObject } from "./objects.js";
import { observeType } from "./visitor_device.js";
import { prepareLanguage } from "./visitor_language.js";
import { prepareLocal } from "./visitor_local.js";

/**
 * @callback Visit reads what a feature sees of a visitor, as `observe` of observed.js does
 * @param {import("./observed.js").Incoming} incoming
 * @param {string} group
 * @param {string} key
 * @param {object | null} request the request's object; null when it tells nothing of the place
 * @returns {unknown} undefined when nothing is seen
 */

/**
 * Prepare the features of one registry.
 * @param {object} tables
 * @returns {(feature: object) => Visit | null} takes a feature of the tables; gives null for one that is seen otherwise
 */
export function createVisitor({ visitor }) {
  let localTime = null;
  return ({ path: [group, key, ...rest], values }) => {
    if (rest.length > 0) return null;
    if (group === "device" && key === "type") return visitDevice;
    if (group === "language" && key === "best") {
      const choose = prepareLanguage(values);
      return (incoming) => choose(incoming.request.header("accept-language"));
    }
    if (group !== "local" || key === undefined) return null;
    localTime ??= prepareLocal(visitor?.zones);
    return (incoming, _, asked, request) => localTime(zoneOf(incoming, request), asked, incoming.request.at);
  };
}

function visitDevice({ request }) {
  return own(request.device, "type") ?? observeType(request);
}

/** The zone of the request's own place, where it names one, else that of the platform's. */
function zoneOf({ request }, given) {
  const place = given === null ? undefined : ownObject(given, "geo");
  return place !== undefined && Object.hasOwn(place, "timezone") ? place.timezone : own(request.geo, "timezone");
}
