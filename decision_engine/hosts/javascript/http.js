/** The routes of docs/reference/host.md as pure functions: decide a request, then render what was decided; they never throw. */

import { deniedPurposes, isUnit } from "./encode.js";
import { errorText, isRequestError, requestError } from "./errors.js";
import { answer } from "./messages.js";
import { ownObject } from "./objects.js";
import { createIncoming, observeCookie } from "./observed.js";
import { createFlags } from "./ofrep.js";
import { parseQuery } from "./query.js";
import { parseObject, parseObjectText } from "./strict_json.js";

const NO_BODY = new Uint8Array();
const HEALTH = "/.edgewise/health";
const RELEASE = "/.edgewise/release";
const DECIDE = "/.edgewise/decide";
const FLAGS = "/ofrep/v1/evaluate/flags";
const GPC = "/.well-known/gpc.json";
const OWN_PATHS = [HEALTH, RELEASE, DECIDE, FLAGS];

/**
 * @typedef {object} Decided a request that was decided, and is still to be rendered
 * @property {import("./messages.js").HttpResponse | null} response stands where there is nothing to decide
 * @property {"decide" | "flag" | "flags"} form how it is rendered
 * @property {import("./messages.js").HttpRequest} http
 * @property {object | null} request the request object with the visitor's unit in it
 * @property {number} at ms UTC
 * @property {number[]} chosen the decisions asked for
 * @property {Int32Array | null} codes null when the neutral outcomes stand; the engine's own buffer in `respond`
 * @property {string | null} cookie the value of `set-cookie`
 * @property {unknown} error what made the outcomes neutral
 */

/**
 * Prepare the routes.
 * @param {object} tables
 * @param {import("./host.js").Decider} decider
 * @param {string} target the name of the platform that this host serves
 * @returns {{decide: (request: HttpRequest) => Decided,
 *   render: (decided: Decided, replaced?: import("./render.js").Replaced) => HttpResponse}}
 */
export function createRoutes(tables, decider, target) {
  const registry = JSON.stringify(tables.registry);
  const health = answer(`{"status":"ok","registry":${registry}}`);
  const release = answer(releaseText(tables, target));
  const decide = createDecideRoute(tables, decider);
  const flags = createFlags(tables, decider);

  const routes = {
    __proto__: null,
    [HEALTH]: { methods: ["GET", "HEAD"], decide: (request) => settled(request, health) },
    [RELEASE]: { methods: ["GET", "HEAD"], decide: (request) => settled(request, release) },
    [DECIDE]: { methods: ["GET", "HEAD", "POST"], decide },
    [FLAGS]: { methods: ["POST"], decide: flags.decideAll },
  };
  const gate = tables.service?.gate;
  if (gate !== undefined && gate !== null) {
    const support = answer(gate.gpc);
    routes[GPC] = { methods: ["GET", "HEAD"], decide: (request) => settled(request, support) };
  }

  function route(request) {
    const { target: sent } = request;
    // The one route of every page view, found without making a text of its path.
    if (request.method === "GET" && sent.startsWith(DECIDE)) {
      if (sent.length === DECIDE.length) return decide(request, "");
      if (sent[DECIDE.length] === "?") return decide(request, sent.slice(DECIDE.length + 1));
    }
    const mark = sent.indexOf("?");
    const path = pathOf(sent);
    const query = mark < 0 ? "" : sent.slice(mark + 1);
    const found = routes[path];
    if (found !== undefined) {
      return found.methods.includes(request.method) ? found.decide(request, query) : notAllowed(request, found.methods);
    }
    const key = flagKey(path);
    if (key === "") return refuse(request, 404, "no-such-route");
    return request.method === "POST" ? flags.decideOne(request, query, key) : notAllowed(request, ["POST"]);
  }

  function renderDecided(decided, replaced) {
    if (decided.form === "flag") return flags.renderOne(decided, replaced);
    if (decided.form === "flags") return flags.renderAll(decided, replaced);
    return renderAnswer(decider, decided, replaced);
  }

  function render(decided, replaced = null) {
    const response = decided.response ?? renderDecided(decided, replaced);
    return decided.http.method === "HEAD" ? { ...response, body: "" } : response;
  }

  return { decide: route, render };
}

/**
 * Tell whether a target's path is one of a host's own; an adapter in front of a shop passes all others to the origin.
 * @param {string} target
 * @param {boolean} [hasGate] whether there is a consent gate, which has a route of its own
 * @returns {boolean}
 */
export function ownsTarget(target, hasGate = false) {
  const path = pathOf(target);
  return OWN_PATHS.includes(path) || flagKey(path) !== "" || (hasGate && path === GPC);
}

/**
 * What was decided when there is nothing to decide.
 * @param {import("./messages.js").HttpRequest} http
 * @param {import("./messages.js").HttpResponse} response
 * @returns {Decided}
 */
export function settled(http, response) {
  const { at } = http;
  return { response, form: "decide", http, request: null, at, chosen: [], codes: null, cookie: null, error: null };
}

function createDecideRoute({ identity }, decider) {
  return (http, query) => {
    const { at } = http;
    const decided = { response: null, form: "decide", http, request: null, at, chosen: [], codes: null, cookie: null, error: null };
    try {
      const { document, parameters } = parseQuery(query);
      const given = http.method === "POST" ? parseObject(http.body ?? NO_BODY) : parseDocument(document);
      decided.chosen = decider.select(given);
      decided.request = given;
      const incoming = createIncoming(http, parameters, http.known ?? decider.unknown);
      const cookie = identity === null ? null : nameVisitor(identity, given, http, incoming);
      decided.codes = decider.codesOf(given, incoming, at);
      decided.cookie = cookie;
    } catch (error) {
      if (isRequestError(error)) decided.response = answer(decider.refused(error, at), error.status);
      else decided.error = error;
    }
    return decided;
  };
}

function renderAnswer(decider, { at, chosen, codes, cookie, error }, replaced) {
  if (codes === null) return answer(error === null ? decider.neutral(at) : decider.failed(error, at));
  try {
    const text = decider.answer(codes, chosen, at, replaced);
    return cookie === null ? answer(text) : answer(text, 200, { "set-cookie": cookie });
  } catch (failure) {
    return answer(decider.failed(failure, at));
  }
}

/** Read the object that the query parameter `d` carries. */
function parseDocument(text) {
  if (text === null) throw requestError("bad-encoding");
  return text === undefined ? {} : parseObjectText(text);
}

/** Name the visitor in `given`, by the cookie or by a new id; a new one that may be kept gives the text of `set-cookie`. */
function nameVisitor({ unit, cookie, max_age: maxAge, set_cookie: mayDraw }, given, request, incoming) {
  const units = ownObject(given, "units");
  if (units !== undefined && Object.hasOwn(units, unit)) return null;
  if (incoming.known !== undefined && !incoming.known.mayStore) {
    given.units = { ...units, [unit]: request.newId() };
    return null;
  }
  const known = observeCookie(incoming, cookie);
  if (isUnit(known)) {
    given.units = { ...units, [unit]: known };
    return null;
  }
  if (!mayDraw || request.header("sec-gpc") === "1" || deniedPurposes(given).includes("storage")) return null;
  const drawn = request.newId();
  given.units = { ...units, [unit]: drawn };
  return `${cookie}=${drawn}; Path=/; Max-Age=${maxAge}; Secure; HttpOnly; SameSite=Lax`;
}

function releaseText(tables, target) {
  const features = tables.features.map(({ name }) => JSON.stringify(name));
  const decisions = tables.decisions.map(({ name }) => name);
  return (
    `{"registry":${JSON.stringify(tables.registry)},"target":${JSON.stringify(target)},"ir":${tables.ir},` +
    `"tables":${tables.tables},"decisions":[${decisions.join(",")}],"features":[${features.join(",")}]}`
  );
}

function pathOf(target) {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/** The key of a single flag's path, as sent; empty when the path is another. */
function flagKey(path) {
  if (!path.startsWith(FLAGS) || path[FLAGS.length] !== "/") return "";
  const key = path.slice(FLAGS.length + 1);
  return key.includes("/") ? "" : key;
}

function notAllowed(request, methods) {
  return refuse(request, 405, "method-not-allowed", { allow: methods.join(", ") });
}

function refuse(request, status, code, headers) {
  return settled(request, answer(`{"error":${errorText(code)}}`, status, headers));
}
