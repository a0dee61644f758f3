/** The routes of docs/reference/host.md as one pure function from request to response; it never throws. */

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
const OWN_PATHS = [HEALTH, RELEASE, DECIDE, FLAGS];

/**
 * Prepare the routes.
 * @param {object} tables
 * @param {import("./host.js").Decider} decider
 * @param {string} target the name of the platform that this host serves
 * @returns {(request: HttpRequest) => HttpResponse}
 */
export function createRespond(tables, decider, target) {
  const registry = JSON.stringify(tables.registry);
  const health = answer(`{"status":"ok","registry":${registry}}`);
  const release = answer(releaseText(tables, target));
  const decide = createDecideRoute(tables, decider);
  const flags = createFlags(tables, decider);

  const routes = {
    __proto__: null,
    [HEALTH]: { methods: ["GET", "HEAD"], respond: () => health },
    [RELEASE]: { methods: ["GET", "HEAD"], respond: () => release },
    [DECIDE]: { methods: ["GET", "HEAD", "POST"], respond: decide },
    [FLAGS]: { methods: ["POST"], respond: flags.bulk },
  };

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
      return found.methods.includes(request.method) ? found.respond(request, query) : notAllowed(found.methods);
    }
    const key = flagKey(path);
    if (key === "") return refuse(404, "no-such-route");
    return request.method === "POST" ? flags.single(request, query, key) : notAllowed(["POST"]);
  }

  return (request) => {
    const response = route(request);
    return request.method === "HEAD" ? { ...response, body: "" } : response;
  };
}

/**
 * Tell whether a target's path is one of a host's own; an adapter in front of a shop passes all others to the origin.
 * @param {string} target
 * @returns {boolean}
 */
export function ownsTarget(target) {
  const path = pathOf(target);
  return OWN_PATHS.includes(path) || flagKey(path) !== "";
}

function createDecideRoute({ identity }, decider) {
  return (request, query) => {
    try {
      const { document, parameters } = parseQuery(query);
      const given = request.method === "POST" ? parseObject(request.body ?? NO_BODY) : parseDocument(document);
      const chosen = decider.select(given);
      const incoming = createIncoming(request, parameters);
      const cookie = identity === null ? undefined : nameVisitor(identity, given, request, incoming);
      const text = decider.answer(given, incoming, chosen, request.at);
      return cookie === undefined ? answer(text) : answer(text, 200, { "set-cookie": cookie });
    } catch (error) {
      if (isRequestError(error)) return answer(decider.refused(error, request.at), error.status);
      return answer(decider.failed(error, request.at));
    }
  };
}

/** Read the object that the query parameter `d` carries. */
function parseDocument(text) {
  if (text === null) throw requestError("bad-encoding");
  return text === undefined ? {} : parseObjectText(text);
}

/** Name the visitor in `given`, by the cookie or by a new id; a new one gives the text of `set-cookie`. */
function nameVisitor({ unit, cookie, max_age: maxAge, set_cookie: mayDraw }, given, request, incoming) {
  const units = ownObject(given, "units");
  if (units !== undefined && Object.hasOwn(units, unit)) return undefined;
  const known = observeCookie(incoming, cookie);
  if (isUnit(known)) {
    given.units = { ...units, [unit]: known };
    return undefined;
  }
  if (!mayDraw || request.header("sec-gpc") === "1" || deniedPurposes(given).includes("storage")) return undefined;
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

function notAllowed(methods) {
  return refuse(405, "method-not-allowed", { allow: methods.join(", ") });
}

function refuse(status, code, headers) {
  return answer(`{"error":${errorText(code)}}`, status, headers);
}
