/** OpenFeature's remote evaluation protocol, version 0.3.0: single flags, and all flags with an entity tag. */

import { trimBlanks } from "./ascii.js";
import { isRequestError } from "./errors.js";
import { answer, JSON_HEADERS } from "./messages.js";
import { SECOND_SEED } from "./murmur.js";
import { own, ownObject } from "./objects.js";
import { createIncoming } from "./observed.js";
import { decodePercent, parseQuery } from "./query.js";
import { parseObject } from "./strict_json.js";

const RESERVED = ["units", "features", "timestamps", "consent", "decisions", "targetingKey"];

/**
 * @callback Route
 * @param {import("./messages.js").HttpRequest} request
 * @param {string} query
 * @param {string} [key] as sent
 * @returns {import("./messages.js").HttpResponse}
 */

/**
 * Prepare the two routes.
 * @param {object} tables
 * @param {import("./host.js").Decider} decider
 * @returns {{single: Route, bulk: Route}}
 */
export function createFlags(tables, decider) {
  const names = tables.features.map(({ name }) => name).filter((name) => !RESERVED.includes(name));
  const unit = tables.identity?.unit ?? tables.units[0]?.name;

  function single(request, query, sentKey) {
    const key = decodePercent(sentKey) ?? sentKey;
    const decision = decider.indexOf(key);
    try {
      const { context, failure } = readContext(request.body);
      if (failure !== undefined) return fail(failure, key);
      if (decision === undefined) return fail({ status: 404, code: "FLAG_NOT_FOUND", details: "no such flag" }, key);
      adopt(context, names, unit);
      return answer(decider.flag(context, createIncoming(request, parseQuery(query).parameters), decision, request.at));
    } catch (error) {
      return answer(decider.failedFlag(error, decision));
    }
  }

  function bulk(request, query) {
    try {
      const { context, failure } = readContext(request.body);
      if (failure !== undefined) return fail(failure);
      adopt(context, names, unit);
      const body = decider.flags(context, createIncoming(request, parseQuery(query).parameters), request.at);
      return tagged(body, `"${hex(decider.hash(body, 0))}${hex(decider.hash(body, SECOND_SEED))}"`, request);
    } catch (error) {
      return answer(decider.failedFlags(error));
    }
  }

  return { single, bulk };
}

/** Read a body's context, or say why it is none. */
function readContext(body) {
  const { given, failure } = readBody(body ?? new Uint8Array());
  if (failure !== undefined) return { failure };
  const context = ownObject(given, "context");
  if (context === undefined) return invalid("INVALID_CONTEXT", "context is not an object");
  const key = own(context, "targetingKey");
  if (key === undefined || key === "") return invalid("TARGETING_KEY_MISSING", "context has no targetingKey");
  if (typeof key !== "string") return invalid("INVALID_CONTEXT", "targetingKey is not a text");
  return { context };
}

function readBody(body) {
  try {
    return { given: parseObject(body) };
  } catch (error) {
    if (!isRequestError(error)) throw error;
    return { failure: { status: error.status, code: "PARSE_ERROR", details: error.message } };
  }
}

function invalid(code, details) {
  return { failure: { status: 400, code, details } };
}

function fail({ status, code, details }, key) {
  const front = key === undefined ? "" : `"key":${JSON.stringify(key)},`;
  return answer(`{${front}"errorCode":"${code}","errorDetails":${JSON.stringify(details)}}`, status);
}

/** Make a request object of a context: its plain members become features, its targeting key the id of a unit. */
function adopt(context, names, unit) {
  const members = names.filter((name) => Object.hasOwn(context, name) && ownObject(context, name) === undefined);
  if (members.length > 0) {
    const features = Object.fromEntries(members.map((name) => [name, context[name]]));
    context.features = { ...features, ...ownObject(context, "features") };
  }
  const units = ownObject(context, "units");
  if (unit !== undefined && (units === undefined || !Object.hasOwn(units, unit))) {
    context.units = { ...units, [unit]: context.targetingKey };
  }
  delete context.targetingKey;
}

function tagged(body, tag, request) {
  if (holdsTag(request.header("if-none-match"), tag)) {
    return { status: 304, headers: { "cache-control": JSON_HEADERS["cache-control"], etag: tag }, body: "" };
  }
  return answer(body, 200, { etag: tag });
}

function holdsTag(list, tag) {
  if (list === null || list === undefined) return false;
  return list.split(",").some((item) => {
    const trimmed = trimBlanks(item);
    const listed = trimmed.startsWith("W/") ? trimmed.slice(2) : trimmed;
    return listed === tag || listed === "*";
  });
}

function hex(word) {
  return word.toString(16).padStart(8, "0");
}
