/**
 * The visitor's place by the headers that a CDN adds, under the names of docs/reference/host.md. Only an adapter knows which
 * CDN stands in front, so it names it: elsewhere these headers are whatever the visitor sent.
 */

import { isPrintable } from "./ascii.js";
import { decodePercent } from "./query.js";

const LONGEST = 256;
const LONGEST_LIST = 1024;
const LONGEST_NUMBER = 32;
const KEYS = ["country", "region", "region_code", "city", "continent", "timezone", "postal_code", "latitude", "longitude"];

/** Of each, the header of each key; what is not ASCII is escaped in any of them. */
const HEADERS = new Map([
  ["cloudfront", {
    country: "cloudfront-viewer-country",
    region: "cloudfront-viewer-country-region-name",
    region_code: "cloudfront-viewer-country-region",
    city: "cloudfront-viewer-city",
    timezone: "cloudfront-viewer-time-zone",
    postal_code: "cloudfront-viewer-postal-code",
    latitude: "cloudfront-viewer-latitude",
    longitude: "cloudfront-viewer-longitude",
  }],
  ["cloudflare", {
    country: "cf-ipcountry",
    region: "cf-region",
    region_code: "cf-region-code",
    city: "cf-ipcity",
    continent: "cf-ipcontinent",
    timezone: "cf-timezone",
    postal_code: "cf-postal-code",
    latitude: "cf-iplatitude",
    longitude: "cf-iplongitude",
  }],
  ["vercel", {
    country: "x-vercel-ip-country",
    region_code: "x-vercel-ip-country-region",
    city: "x-vercel-ip-city",
    continent: "x-vercel-ip-continent",
    timezone: "x-vercel-ip-timezone",
    postal_code: "x-vercel-ip-postal-code",
    latitude: "x-vercel-ip-latitude",
    longitude: "x-vercel-ip-longitude",
  }],
]);
const CDNS = [...HEADERS.keys(), "app-engine", "akamai"];
/** What EdgeScape calls the keys; its time zones are abbreviations, which name no zone for sure. */
const EDGESCAPE = new Map([
  ["country_code", "country"],
  ["region_code", "region_code"],
  ["city", "city"],
  ["continent", "continent"],
  ["zip", "postal_code"],
  ["lat", "latitude"],
  ["long", "longitude"],
]);

/**
 * What `createFetch` has to know of a server behind a CDN.
 * @param {string | undefined} cdn undefined or empty for none
 * @returns {{cdn?: string, geo?: (context: unknown, request: Request) => object | null}} throws on a name that is none
 */
export function behind(cdn) {
  if (cdn && !CDNS.includes(cdn)) throw new Error(`expected CDN to be one of ${CDNS.join(", ")}, found ${cdn}`);
  return cdn ? { cdn, geo: (_, request) => placeOf(cdn, (name) => request.headers.get(name)) } : {};
}

/**
 * Read the place from the headers of a CDN: `cloudfront`, `cloudflare`, `vercel`, `app-engine` or `akamai`.
 * @param {string} cdn
 * @param {(name: string) => string | null | undefined} header
 * @returns {object | null} null for another one
 */
export function placeOf(cdn, header) {
  if (cdn === "akamai") return edgescapePlace(header("x-akamai-edgescape"));
  if (cdn === "app-engine") return appEnginePlace(header);
  const names = HEADERS.get(cdn);
  if (names === undefined) return null;
  const place = {};
  for (const key of KEYS) {
    const value = names[key] === undefined ? undefined : placeText(header(names[key]));
    if (value !== undefined) setPlace(place, key, value);
  }
  return place;
}

/** `ZZ` and `?` stand for what App Engine does not know, and so do coordinates of nothing but zeros. */
function appEnginePlace(header) {
  const place = {};
  const country = placeText(header("x-appengine-country"));
  const region = placeText(header("x-appengine-region"));
  const city = placeText(header("x-appengine-city"));
  const point = placeText(header("x-appengine-citylatlong"));
  if (country !== undefined && country !== "ZZ") place.country = country;
  if (region !== undefined && region !== "?") place.region_code = region;
  if (city !== undefined && city !== "?") place.city = city;
  const comma = point === undefined ? -1 : point.indexOf(",");
  if (comma >= 0 && point !== "0.000000,0.000000") {
    setPlace(place, "latitude", point.slice(0, comma));
    setPlace(place, "longitude", point.slice(comma + 1));
  }
  return place;
}

/** Pairs with `=` between commas; of several postal codes the first, which no range continues. */
function edgescapePlace(value) {
  const place = {};
  if (value === null || value === undefined || value.length > LONGEST_LIST || !isPrintable(value)) return place;
  for (const pair of value.split(",")) {
    const equals = pair.indexOf("=");
    const key = equals < 0 ? undefined : EDGESCAPE.get(pair.slice(0, equals));
    const text = pair.slice(equals + 1);
    if (key === undefined || text === "") continue;
    setPlace(place, key, key === "postal_code" ? text.split("+")[0].split("-")[0] : text);
  }
  return place.country === "reserved" ? {} : place;
}

function setPlace(place, key, text) {
  if (key !== "latitude" && key !== "longitude") {
    place[key] = text;
    return;
  }
  const degrees = decimal(text);
  if (degrees !== undefined) place[key] = degrees;
}

/** Digits with one point among them and `-` in front, as coordinates are written. */
function decimal(text) {
  if (text.length > LONGEST_NUMBER) return undefined;
  let digits = 0;
  let points = 0;
  for (let i = text[0] === "-" ? 1 : 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 48 && unit <= 57) digits += 1;
    else if (unit === 46) points += 1;
    else return undefined;
  }
  return digits === 0 || points > 1 ? undefined : Number(text);
}

function placeText(value) {
  if (value === null || value === undefined || value === "" || value.length > LONGEST || !isPrintable(value)) return undefined;
  return decodePercent(value) ?? value;
}
