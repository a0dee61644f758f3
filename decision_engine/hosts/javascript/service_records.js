/** Records as the last stage of the service: what a request came to is told to the recorder, which sends after the answer. */

import { deniedPurposes } from "./encode.js";
import { parseObjectText } from "./strict_json.js";
import { decodeComponent } from "./query.js";
import { own, ownObject } from "./objects.js";
import { createRecorder } from "./records_recorder.js";
import { startTrace } from "./records_trace.js";
import { observeType } from "./visitor_device.js";

const DECIDE = "/.edgewise/decide";
const NO_REQUEST = Object.freeze({});
/** A page view's object that holds none of these denies nothing: the others are escapes, which could write the first. */
const DENIES = ["denied", "\\", "%5C", "%5c", "%6"];
const FLAGS = "/ofrep/v1/evaluate/flags";

/**
 * Prepare the stage. Without a sink nothing is recorded.
 * @param {object} service
 * @returns {{name: string, begin: (trail: import("./service_trail.js").Trail) => void,
 *   run: (trail: import("./service_trail.js").Trail) => void}}
 */
export function createRecordStage({ tables, table: { records: table }, host, ports, counters }) {
  const { keys, sink = null, clock, monotonic, random, newId, sleep, about } = ports;
  if (sink === null) return { name: "record", begin: () => undefined, run: () => undefined };
  const options = { keys: { master: keys.records ?? undefined, days: keys.days }, sink, clock, random, newId, sleep };
  const recorder = createRecorder(table, tables.decisions, { ...about, registry: tables.registry }, { ...options, stages: () => counters });
  const isTrusted = table.trace === "accept"; // else no header is read
  const wanted = new Set(table.fields.map(({ name }) => name));
  const unitName = tables.identity?.unit ?? tables.units[0]?.name;

  function begin(trail) {
    trail.times = [null, null, null, null, null];
    trail.trace ??= startTrace(isTrusted ? trail.http.header("traceparent") : null, table.trace, newId);
  }

  function run(trail) {
    const { http, decided, response } = trail;
    if (decided !== null && decided.response !== null) return;
    const isDue = recorder.record({
      at: http.at,
      chosen: trail.chosen,
      codes: trail.codes,
      neutral: trail.isNeutral,
      replaced: trail.replaced,
      degrade: trail.mode,
      denied: deniedOf(trail),
      quiet: trail.log === "counters",
      gate: trail.gate,
      unit: unitOf(trail, unitName),
      fields: fieldsOf(http, wanted),
      trace: trail.trace,
      status: response === null ? 200 : response.status,
      method: http.method,
      route: routeOf(trail),
      duration: monotonic() - trail.begun,
      stages: trail.times,
      readings: recorder.wantsReadings() ? host.readDecided(decided ?? host.decideRequest(http)) : null,
      vector: trail.isFresh ? host.vector() : null,
    });
    if (isDue) trail.context?.waitUntil(recorder.drain());
  }

  return { name: "record", begin, run, flush: () => recorder.flush() };
}

/** What the gate and the request itself deny. The object of a page view is read again where it may deny something. */
function deniedOf({ known, decided, document }) {
  if (decided !== null) return [...known.denied, ...deniedPurposes(decided.request ?? NO_REQUEST)];
  if (typeof document !== "string" || !DENIES.some((mark) => document.includes(mark))) return known.denied;
  return [...known.denied, ...deniedPurposes(parse(document) ?? NO_REQUEST)];
}

/** The id that was bucketed, where it lives longer than the request. */
function unitOf(trail, name) {
  if (name === undefined || !trail.known.mayStore) return null;
  const { decided, document } = trail;
  if (decided !== null) return textOf(own(ownObject(decided.request, "units"), name));
  if (typeof document === "string" && trail.namesUnit) return textOf(own(ownObject(parse(document), "units"), name));
  return trail.visitorId();
}

function parse(document) {
  const text = decodeComponent(document);
  return text === null ? null : parseObjectText(text);
}

function textOf(value) {
  return typeof value === "string" ? value : null;
}

/** What the table wants, of what the platform saw; the recorder lets through what has the form of its field. */
function fieldsOf(http, wanted) {
  const fields = {};
  if (wanted.has("country")) fields.country = own(http.geo, "country");
  if (wanted.has("region")) fields.region = own(http.geo, "region_code");
  if (wanted.has("device")) fields.device = observeType(http);
  if (wanted.has("language")) fields.language = languageOf(http.header("accept-language"));
  return fields;
}

/** The first language that a header asks for. */
function languageOf(header) {
  if (typeof header !== "string") return null;
  const end = [",", ";", "-"].map((mark) => header.indexOf(mark)).filter((at) => at >= 0);
  return header.slice(0, end.length === 0 ? header.length : Math.min(...end)).toLowerCase();
}

function routeOf({ isPage, http: { target } }) {
  if (isPage) return "page";
  if (target.startsWith(DECIDE)) return DECIDE;
  if (!target.startsWith(FLAGS)) return "other";
  return target.length === FLAGS.length || target[FLAGS.length] === "?" ? FLAGS : `${FLAGS}/{key}`;
}
