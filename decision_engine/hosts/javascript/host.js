/** The host: everything around the numeric `decide`, from the tables of one registry (docs/reference/host.md). */

import { isPlainName } from "./ascii.js";
import { createEncoder } from "./encode.js";
import { errorText, isRequestError, requestError } from "./errors.js";
import { createRoutes, ownsTarget } from "./http.js";
import { createLeaves } from "./leaves.js";
import { murmur3Text } from "./murmur.js";
import { createIncoming, observe } from "./observed.js";
import { createPageView } from "./page_view.js";
import { parseQuery } from "./query.js";
import { createRenderer } from "./render.js";

const VERSION = 2;
const LONGEST_SHOWN_NAME = 64;

/**
 * @typedef {object} Engine
 * @property {(vector: Float64Array, codes: Int32Array) => void} decide fills the codes
 * @property {(text: string, seed: number) => number} [hash] MurmurHash3_x86_32 of the text's UTF-8, unsigned
 * @property {number} [width] how many inputs it has; checked where it is known
 * @property {number} [codes] how many codes it gives; checked likewise
 * @property {(text: string, at: number) => Uint8Array | null} [read] fills the vector of `buffers` from an object as
 *   percent-encoded JSON, but for the time and what was observed; 1 stands at the number of each feature that the object
 *   gives, and behind the last one when it names the identity's unit. Null when the host is to read the object
 * @property {() => {vector: Float64Array, codes: Int32Array}} [buffers] where `decide` likes its arguments to stand
 */

/**
 * @typedef {object} Host
 * @property {(request: object, at: number) => string} decide the answer's text. A request that cannot be read throws an
 *   error with a `code`; any other exception inside gives the neutral answer
 * @property {(request: object, at: number) => Float64Array} encode the vector
 * @property {(request: object, at: number) => import("./encode.js").Reading[]} read the features' values, to explain
 * @property {(codes: Int32Array, request: object, at: number) => string} render the answer's text for codes decided
 *   elsewhere; throws on a bad `decisions` list and on codes that are not in the tables
 * @property {(at: number) => string} neutral the answer's text with the neutral outcomes of all decisions
 * @property {(target: string) => boolean} owns tells whether a target's path is one of the host's own routes
 * @property {(request: import("./messages.js").HttpRequest) => import("./messages.js").HttpResponse} respond
 * @property {(request: import("./messages.js").HttpRequest, document?: string | null) => string | null} view the body of the
 *   answer to a page view, or null: see page_view.js
 * @property {ReturnType<typeof createPageView>} look the codes of a page view, likewise
 * @property {(codes: Int32Array, at: number) => string} page the body for such codes
 * @property {(request: import("./messages.js").HttpRequest) => import("./http.js").Decided} decideRequest the first half of
 *   `respond`; its codes are a copy
 * @property {(decided: import("./http.js").Decided, replaced?: Map<number, import("./leaves.js").Replacement> | null) =>
 *   import("./messages.js").HttpResponse} renderDecided the second half, with other outcomes for some decisions
 * @property {(decision: number, codes: Int32Array) => import("./leaves.js").Leaf} leaf the outcome of a decision by its
 *   number in the registry's order
 * @property {(decision: number) => import("./leaves.js").Replacement} neutralOf the neutral outcome of a decision
 * @property {(decided: import("./http.js").Decided) => import("./encode.js").Reading[]} readDecided the features of a request
 *   as they were served
 * @property {() => Float64Array} vector that of the request that was decided last
 * @property {string[]} decisions the decisions' names
 * @property {number[]} everything their numbers
 */

/**
 * Prepare a host. Throws on tables of another version, and on an engine of another program's size.
 * @param {object} tables `tables.json` of an artefact
 * @param {Engine} engine
 * @param {{target?: string, onError?: (error: unknown) => void}} [options] `target` names the platform; `onError` is
 *   told of every exception that became a neutral answer
 * @returns {Host}
 */
export function createHost(tables, engine, { target = "javascript", onError } = {}) {
  checkParts(tables, engine);
  const decider = createDecider(tables, engine, onError ?? (() => undefined));
  // Prepared by the first request that needs them: a cold start has other things to do.
  let routes = null;
  let leaves = null;
  const getRoutes = () => (routes ??= createRoutes(tables, decider, target));
  const getLeaves = () => (leaves ??= createLeaves(tables));
  const look = createPageView(tables, decider);
  return {
    decide: decider.decide,
    encode: (request, at) => decider.encode(request, null, at).slice(),
    read: decider.read,
    render: decider.render,
    neutral: decider.neutral,
    owns: decider.unknown === undefined ? (sent) => ownsTarget(sent) : (sent) => ownsTarget(sent, true),
    respond(request) {
      const { decide, render } = getRoutes();
      return render(decide(request));
    },
    look,
    page: decider.page,
    view(request, document) {
      const codes = look(request, document);
      return codes === null ? null : decider.page(codes, request.at);
    },
    decideRequest(request) {
      const decided = getRoutes().decide(request);
      if (decided.codes !== null) decided.codes = decided.codes.slice();
      return decided;
    },
    renderDecided(decided, replaced = null) {
      const others = replaced === null || decided.codes === null ? null : fragmentsOf(getLeaves(), decided, replaced);
      return getRoutes().render(decided, others);
    },
    leaf: (decision, codes) => getLeaves().leaf(decision, codes),
    neutralOf: (decision) => getLeaves().neutralOf(decision),
    readDecided(decided) {
      const { http, request, at } = decided;
      const { parameters } = parseQuery(queryOf(http.target));
      return decider.read(request ?? {}, at, createIncoming(http, parameters, http.known ?? decider.unknown));
    },
    vector: () => decider.buffers().vector,
    decisions: decider.names,
    everything: decider.everything,
  };
}

function queryOf(target) {
  const mark = target.indexOf("?");
  return mark < 0 ? "" : target.slice(mark + 1);
}

function fragmentsOf(leaves, { codes }, replaced) {
  const found = new Map();
  for (const [number, replacement] of replaced) found.set(number, leaves.fragments(number, codes, replacement));
  return found;
}

/** What holds of a visitor whom nobody asked, where there is a consent gate: nothing is allowed. */
function knownOfNobody({ service }) {
  const gate = service?.gate ?? null;
  if (gate === null) return undefined;
  const denied = gate.configuration.purposes.map(({ name }) => name);
  return { denied, mayStore: false, features: null, timestamps: null };
}

function checkParts(tables, engine) {
  if (tables.tables !== VERSION || tables.ir !== VERSION) {
    throw new Error(`expected tables ${VERSION} of ir ${VERSION}, found tables ${tables.tables} of ir ${tables.ir}`);
  }
  const { width = tables.width, codes = tables.codes } = engine;
  if (width !== tables.width || codes !== tables.codes) {
    const found = `${width} and ${codes}`;
    throw new Error(`expected an engine of ${tables.width} inputs and ${tables.codes} codes, found ${found}`);
  }
}

/**
 * @typedef {ReturnType<typeof createDecider>} Decider what the routes call
 */

function createDecider(tables, engine, onError) {
  const { encode: fill, read, bare, clocks, observed, featureAt } = createEncoder(tables, observe);
  const renderer = createRenderer(tables);
  const names = tables.decisions.map(({ name }) => JSON.parse(name));
  const numbers = new Map(names.map((name, number) => [name, number]));
  const everything = names.map((_, number) => number);
  const hash = engine.hash ?? murmur3Text;
  const standing = { vector: new Float64Array(tables.width), codes: new Int32Array(tables.codes) };
  const buffers = engine.buffers ?? (() => standing);

  function encode(request, incoming, at) {
    const { vector } = buffers();
    fill(request, incoming, at, vector, hash);
    return vector;
  }

  function codesOf(request, incoming, at) {
    const vector = encode(request, incoming, at);
    const { codes } = buffers();
    engine.decide(vector, codes);
    return codes;
  }

  /** The numbers of the decisions asked for, in the registry's order. */
  function select(request) {
    if (!Object.hasOwn(request, "decisions")) return everything;
    const asked = request.decisions;
    if (!Array.isArray(asked) || !asked.every((name) => typeof name === "string")) throw requestError("bad-decisions");
    const unknown = asked.find((name) => !numbers.has(name));
    if (unknown !== undefined) throw requestError("unknown-decision", unknownMessage(unknown));
    const chosen = new Set(asked);
    return everything.filter((number) => chosen.has(names[number]));
  }

  function tell(error) {
    try {
      onError(error);
    } catch {
      // The hook is not ours; the neutral answer stands either way.
    }
  }

  function decide(request, at) {
    const chosen = select(request);
    try {
      return renderer.answer(codesOf(request, null, at), chosen, at);
    } catch (error) {
      tell(error);
      return renderer.neutral(at);
    }
  }

  return {
    decide,
    encode,
    read,
    select,
    answer: renderer.answer,
    codesOf,
    names,
    everything,
    unknown: knownOfNobody(tables),
    featureAt,
    hash,
    bare,
    clocks,
    observed,
    buffers,
    readDocument: engine.read,
    run: engine.decide,
    page: renderer.page,
    render: (codes, request, at) => renderer.answer(codes, select(request), at),
    neutral: (at) => renderer.neutral(at),
    indexOf: (name) => numbers.get(name),
    flag: renderer.flag,
    flags: renderer.flags,
    refused: (error, at) => renderer.neutral(at, errorText(error.code, error.message)),
    failed(error, at) {
      tell(error);
      return renderer.neutral(at);
    },
    failedFlag(error, number) {
      tell(error);
      return renderer.neutralFlag(number);
    },
    failedFlags(error) {
      tell(error);
      return renderer.neutralFlags();
    },
  };
}

function unknownMessage(name) {
  const isShown = name.length >= 1 && name.length <= LONGEST_SHOWN_NAME && isPlainName(name);
  return isShown ? `unknown decision \`${name}\`` : undefined;
}
