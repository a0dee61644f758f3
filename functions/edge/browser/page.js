/** What a page shows of its visitor: the groups `device`, `language`, `local`, `query` and `cookies` of a request. */

import { parseCookies, readCookieValue } from "./cookies.js";
import { deviceOf } from "./device.js";
import { parseQuery } from "./query.js";
import { prepareLanguage } from "./visitor_language.js";

const PARTS = ["night", "morning", "afternoon", "evening"];

/**
 * @returns {object} cookies that are HttpOnly are no page's to see, the edge's own among them
 */
export function observePage() {
  const cookies = [...parseCookies(document.cookie)].map(([name, raw]) => [name, readCookieValue(raw)]);
  return {
    device: deviceOf(navigator),
    // A function, since each feature has languages of its own to choose from: page_values.js, `acceptLanguage`.
    language: { best: (values) => prepareLanguage(values)(navigator.languages.join(",")) },
    local: LOCAL,
    query: Object.fromEntries(parseQuery(location.search.slice(1)).parameters),
    cookies: Object.fromEntries(cookies.filter(([, value]) => value !== undefined)),
  };
}

/** Read with each decision: a page may stay open for long. */
const LOCAL = {
  get hour() {
    return new Date().getHours();
  },
  get minute() {
    const now = new Date();
    return now.getHours() * 60 + now.getMinutes();
  },
  get weekday() {
    return (new Date().getDay() + 6) % 7;
  },
  get part_of_day() {
    return PARTS[Math.floor(new Date().getHours() / 6)];
  },
};
