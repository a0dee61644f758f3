/** What client hints say, of which browsers send the first two without being asked. */

/**
 * The hint `sec-ch-ua-mobile` as a bool.
 * @param {string | null | undefined} value
 * @returns {boolean | undefined}
 */
export function mobileHint(value) {
  if (value === "?1") return true;
  return value === "?0" ? false : undefined;
}

/**
 * The hint `sec-ch-ua-platform` without its quotes.
 * @param {string | undefined} value
 * @returns {string | undefined}
 */
export function platformHint(value) {
  if (value === undefined || value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return undefined;
  const platform = value.slice(1, -1);
  return platform.includes('"') || platform.includes("\\") ? undefined : platform;
}
