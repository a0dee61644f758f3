/** Device hints and type as the browser gives them to scripts; the same values as from the headers of a request. */

import { observeType } from "./visitor_device.js";

/**
 * @param {Navigator | WorkerNavigator} navigator
 * @returns {object} without hints where a browser gives none
 */
export function deviceOf({ userAgent, userAgentData }) {
  const headers = new Map([["user-agent", userAgent]]);
  if (userAgentData === undefined) return { type: observeType({ header: (name) => headers.get(name) }) };
  const { mobile, platform } = userAgentData;
  headers.set("sec-ch-ua-mobile", mobile ? "?1" : "?0").set("sec-ch-ua-platform", `"${platform}"`);
  return { mobile, platform, type: observeType({ header: (name) => headers.get(name) }) };
}
