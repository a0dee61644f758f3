/**
 * The way to the cloud, for questions, and to who takes records: a service that is bound, or an address. What is sent has a
 * deadline, and no redirect is followed.
 */

import { readOrigin, readPrivate } from "./origins.js";

const ASK_PATH = "/rerank";
const RECORDS_PATH = "/v1/records";
/** What a bound service is called by: the name is never looked up. */
const BOUND = "https://edgewise.internal";
const RECORDS_DEADLINE = 5000;

/**
 * Make what asks the cloud: `ask` of hybrid_ask.js.
 * @param {object} env EDGEWISE_CLOUD names it
 * @returns {((body: string, deadline: number, headers: Record<string, string>) => Promise<Response>) | null} null without one
 */
export function readAsk(env) {
  const place = placeOf(env, "EDGEWISE_CLOUD");
  return place === null ? null : (body, deadline, headers) => post(place, ASK_PATH, body, headers, deadline);
}

/**
 * Make what takes records: a sink of records_outbox.js.
 * @param {object} env EDGEWISE_RECORDS names it, else EDGEWISE_CLOUD
 * @returns {import("./records_outbox.js").Sink | null} null without one
 */
export function readSink(env) {
  const place = placeOf(env, env.EDGEWISE_RECORDS === undefined ? "EDGEWISE_CLOUD" : "EDGEWISE_RECORDS");
  return place === null ? null : (body, headers) => post(place, RECORDS_PATH, body, headers, RECORDS_DEADLINE);
}

/** A mistake in an address is told, and then it is as if there were none. */
function placeOf(env, name) {
  const given = env[name];
  const key = env.EDGEWISE_CLOUD_KEY;
  if (given === undefined || given === "") return null;
  if (typeof given !== "string") return { base: BOUND, key, send: (url, options) => given.fetch(url, options) };
  const origin = readOrigin(given, readPrivate(env.EDGEWISE_PRIVATE));
  if (origin === null) {
    console.error(`edgewise: ${name} is no address that may be named; EDGEWISE_PRIVATE lists those of inside`);
    return null;
  }
  const { base, path } = origin;
  return { base: path.endsWith("/") ? base + path.slice(0, -1) : base + path, key, send: (url, options) => fetch(url, options) };
}

function post({ base, key, send }, path, body, headers, deadline) {
  const sent = key === undefined ? headers : { ...headers, authorization: `Bearer ${key}` };
  return send(base + path, { method: "POST", body, headers: sent, redirect: "manual", signal: AbortSignal.timeout(deadline) });
}
