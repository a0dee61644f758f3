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
 * @typedef {object} Flags the two routes: each decides, and renders what it decided
 * @property {(http: import("./messages.js").HttpRequest, query: string, sentKey: string) => import("./http.js").Decided} decideOne
 *   `sentKey` is the key as sent
 * @property {(http: import("./messages.js").HttpRequest, query: string) => import("./http.js").Decided} decideAll
 * @property {(decided: import("./http.js").Decided, replaced: import("./render.js").Replaced) =>
 *   import("./messages.js").HttpResponse} renderOne
 * @property {(decided: import("./http.js").Decided, replaced: import("./render.js").Replaced) =>
 *   import("./messages.js").HttpResponse} renderAll
 */

/**
 * Prepare the two routes.
 * @param {object} tables
 * @param {import("./host.js").Decider} decider
 * @returns {Flags}
 */
export function createFlags(tables, decider) {
  const names = tables.features.map(({ name }) => name).filter((name) => !RESERVED.includes(name));
  const unit = tables.identity?.unit ?? tables.units[0]?.name;

  function decide(http, query, decided, key, known) {
    try {
      const { context, failure } = readContext(http.body);
      if (failure !== undefined) decided.response = fail(failure, key);
      else if (!known) decided.response = fail({ status: 404, code: "FLAG_NOT_FOUND", details: "no such flag" }, key);
      else {
        adopt(context, names, unit);
        decided.request = context;
        const incoming = createIncoming(http, parseQuery(query).parameters, http.known ?? decider.unknown);
        decided.codes = decider.codesOf(context, incoming, http.at);
      }
    } catch (error) {
      decided.error = error;
    }
    return decided;
  }

  function decideOne(http, query, sentKey) {
    const key = decodePercent(sentKey) ?? sentKey;
    const number = decider.indexOf(key);
    return decide(http, query, begin(http, "flag", [number]), key, number !== undefined);
  }

  const decideAll = (http, query) => decide(http, query, begin(http, "flags", decider.everything), undefined, true);

  function renderOne({ chosen: [number], codes, error }, replaced) {
    if (codes === null) return answer(decider.failedFlag(error, number));
    try {
      return answer(decider.flag(codes, number, replaced));
    } catch (failure) {
      return answer(decider.failedFlag(failure, number));
    }
  }

  function renderAll({ http, codes, error }, replaced) {
    if (codes === null) return answer(decider.failedFlags(error));
    try {
      const body = decider.flags(codes, replaced);
      return tagged(body, `"${hex(decider.hash(body, 0))}${hex(decider.hash(body, SECOND_SEED))}"`, http);
    } catch (failure) {
      return answer(decider.failedFlags(failure));
    }
  }

  return { decideOne, decideAll, renderOne, renderAll };
}

function begin(http, form, chosen) {
  return { response: null, form, http, request: null, at: http.at, chosen, codes: null, cookie: null, error: null };
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
