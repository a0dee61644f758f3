/** Device hints as the browser gives them to scripts; the same values as in the headers of client hints. */

/**
 * @param {Navigator | WorkerNavigator} navigator
 * @returns {object} empty where a browser gives none
 */
export function deviceOf({ userAgentData }) {
  return userAgentData === undefined ? {} : { mobile: userAgentData.mobile, platform: userAgentData.platform };
}
