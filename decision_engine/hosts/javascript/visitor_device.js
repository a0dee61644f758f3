/**
 * The type of a visitor's device: `desktop`, `mobile`, `tablet`, `tv`, `bot` or `other`, by client hints, else by the headers
 * of the CDN in front, else by the user agent.
 *
 * The rules on user agents are searched in their order, and the first text that is found decides. They are few on purpose:
 * what a list of models would add is little (docs/reference/visitor.md has the measurement).
 */

import { isPrintable, trimBlanks } from "./ascii.js";
import { mobileHint, platformHint } from "./visitor_hints.js";

const LONGEST_AGENT = 512;
const LONGEST_HEADER = 256;
const MOST_REMEMBERED = 256;
/** What CloudFront puts in the place of the visitor's agent, unless it is told to pass that on. */
const NOBODYS_AGENT = "Amazon CloudFront";

/** Texts of a user agent in lower case, and what they tell; a list may stand for a type more than once. */
export const AGENT_RULES = [
  ["bot", ["bot/", "bot-", "bot;", "bot)", "bot (", "spider", "crawler", "slurp", "+http", "externalhit", "headlesschrome",
    "lighthouse", "bingpreview", "curl/", "wget/", "python", "go-http-client", "java/", "libwww"]],
  ["tv", ["smarttv", "smart-tv", "googletv", "android tv", "appletv", "apple tv", "hbbtv", "netcast", "bravia", "dtv", "crkey",
    "roku", "viera", "; aft", "playstation", "xbox", "nintendo"]],
  ["tablet", ["pixel c", "surftab"]],
  ["mobile", ["windows phone", "wpdesktop", "iphone", "ipod", " sm-a", " sm-f", " sm-g", " sm-j", " sm-n", " sm-s", "pixel", "oneplus"]],
  ["tablet", ["ipad", "tablet", "tab ", "-tab", "tab-", "tab2", "tab3", "pad", "kindle", "playbook", "nexus 7", "nexus 9", "nexus 10",
    "xoom", " sm-t", " sm-p", " sm-x", " gt-p", " gt-n51", " gt-n80", "lenovo b", "lenovo yt", "lenovo tb", "ideatab", "transformer",
    "kobo", "nook", "pocketbook", "xelio", "archos", "android 3.", "silk/"]],
  ["mobile", ["mobi", "opera mini", "lumia", "blackberry", "midp", "symbian", "series60", "series40", "nokia", "ucweb", "obigo",
    "netfront", "webos", "phone", "palm"]],
  ["tablet", ["android"]],
  ["desktop", ["windows", "macintosh", "x11", "cros", "linux"]],
];

/** Form factors of the hint, with their quotes; the first that is listed decides. */
const FORMS = [
  ['"Tablet"', "tablet"],
  ['"Mobile"', "mobile"],
  ['"Desktop"', "desktop"],
  ['"', "other"],
];
/** What a device that is not mobile is, by the platform that the hint names. */
const UNMOVED = new Map([
  ["Android", "tablet"],
  ["Windows", "desktop"],
  ["macOS", "desktop"],
  ["Linux", "desktop"],
  ["Chrome OS", "desktop"],
  ["Chromium OS", "desktop"],
]);
const CLOUDFRONT = [
  ["cloudfront-is-smarttv-viewer", "tv"],
  ["cloudfront-is-tablet-viewer", "tablet"],
  ["cloudfront-is-mobile-viewer", "mobile"],
  ["cloudfront-is-desktop-viewer", "desktop"],
];
const CLOUDFLARE = new Map([
  ["desktop", "desktop"],
  ["mobile", "mobile"],
  ["tablet", "tablet"],
]);

const remembered = new Map();

/**
 * Tell the type of the device that a request comes from.
 * @param {import("./messages.js").HttpRequest} request
 * @returns {string | undefined} undefined when nothing tells it
 */
export function observeType(request) {
  const agent = rememberedType(shortText(request.header("user-agent"), LONGEST_AGENT));
  // Hints have no word for these two, and come with them all the same.
  if (agent === "bot" || agent === "tv") return agent;
  return hintedType(request) ?? cdnType(request) ?? agent;
}

/**
 * Tell the type of a device by its user agent.
 * @param {string} agent printable ASCII
 * @returns {string}
 */
export function agentType(agent) {
  const text = agent.toLowerCase();
  for (let i = 0; i < AGENT_RULES.length; i += 1) {
    const [type, parts] = AGENT_RULES[i];
    for (let j = 0; j < parts.length; j += 1) {
      if (text.includes(parts[j])) return type;
    }
  }
  return "other";
}

function rememberedType(agent) {
  if (agent === undefined || agent === NOBODYS_AGENT) return undefined;
  let type = remembered.get(agent);
  if (type === undefined) {
    if (remembered.size === MOST_REMEMBERED) remembered.clear();
    type = agentType(agent);
    remembered.set(agent, type);
  }
  return type;
}

function hintedType(request) {
  const forms = shortText(request.header("sec-ch-ua-form-factors"), LONGEST_HEADER);
  if (forms !== undefined) {
    for (let i = 0; i < FORMS.length; i += 1) {
      if (forms.includes(FORMS[i][0])) return FORMS[i][1];
    }
  }
  const isMobile = mobileHint(request.header("sec-ch-ua-mobile"));
  if (isMobile !== false) return isMobile === true ? "mobile" : undefined;
  return UNMOVED.get(platformHint(request.header("sec-ch-ua-platform") ?? undefined));
}

/** What the CDN in front says; the adapter names it, since elsewhere these headers are whatever the visitor sent. */
function cdnType(request) {
  switch (request.cdn) {
    case "cloudfront":
      for (let i = 0; i < CLOUDFRONT.length; i += 1) {
        if (request.header(CLOUDFRONT[i][0]) === "true") return CLOUDFRONT[i][1];
      }
      return undefined;
    case "akamai":
      return akamaiType(shortText(request.header("x-akamai-device-characteristics"), LONGEST_AGENT));
    case "cloudflare":
      return CLOUDFLARE.get(request.header("cf-device-type"));
    default:
      return undefined;
  }
}

/** Akamai's header reads as cookies do; a device that is neither of the two is a desktop where both are told. */
function akamaiType(text) {
  if (text === undefined) return undefined;
  let isTablet;
  let isMobile;
  for (const pair of text.split(";")) {
    const trimmed = trimBlanks(pair);
    if (trimmed.startsWith("is_tablet=")) isTablet = trimmed === "is_tablet=true";
    else if (trimmed.startsWith("is_mobile=")) isMobile = trimmed === "is_mobile=true";
  }
  if (isTablet === true) return "tablet";
  if (isMobile === true) return "mobile";
  return isTablet === false && isMobile === false ? "desktop" : undefined;
}

/** The beginning of a header, or undefined when that is not printable. */
function shortText(value, longest) {
  if (value === null || value === undefined || value === "") return undefined;
  const text = value.length > longest ? value.slice(0, longest) : value;
  return isPrintable(text) ? text : undefined;
}
