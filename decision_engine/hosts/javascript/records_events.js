/**
 * Records as CloudEvents 1.0, with the attributes of OpenTelemetry's `feature_flag.evaluation` and `http.server`.
 *
 * A batch is a list of events in JSON, of the type `application/cloudevents-batch+json`. The id of an event stays the same
 * however often it is sent, so that whoever takes it counts it once.
 */

import { dayOf } from "./records_keys.js";
import { writeTraceparent } from "./records_trace.js";

export const BATCH_TYPE = "application/cloudevents-batch+json";

const COUNTS = "edgewise.counts.v1";
const EVALUATION = "edgewise.evaluation.v1";
const EXPOSURE = "edgewise.exposure.v1";

/**
 * @typedef {object} About where records come from
 * @property {string} ring
 * @property {string} node
 * @property {string} platform
 * @property {string} registry its digest
 */

/**
 * @typedef {object} Kept a record that waits to be sent; `unit` and `ids` are raw: they end here
 * @property {number} at
 * @property {string} decision
 * @property {import("./records_outcomes.js").Told} told
 * @property {string | null} outcome
 * @property {string} mode
 * @property {string} degrade
 * @property {string} why
 * @property {number} rate
 * @property {string | null} unit
 * @property {string[][]} ids
 * @property {string[][]} shown
 * @property {string | null} features
 * @property {string[]} models
 * @property {import("./records_trace.js").Trace | null} trace
 * @property {number} status
 * @property {string} method
 * @property {string} route
 */

/**
 * The counters of a window.
 * @param {About} about
 * @param {string} id
 * @param {number} at
 * @param {object} window
 * @returns {object}
 */
export function countsEvent(about, id, at, window) {
  return { ...envelope(about, id, COUNTS, at), data: window };
}

/**
 * One decision.
 * @param {About} about
 * @param {string} id
 * @param {Kept} kept
 * @param {Map<string, string>} pseudonyms those of `unit`, `features` and the names of `ids`, if there is a key
 * @returns {object}
 */
export function evaluationEvent(about, id, kept, pseudonyms) {
  const event = envelope(about, id, kept.why === "experiment" ? EXPOSURE : EVALUATION, kept.at);
  event.subject = kept.decision;
  if (kept.trace !== null) event.traceparent = writeTraceparent(kept.trace);
  const { reason, rule, experiment, variation } = kept.told;
  const data = {
    "event.name": "feature_flag.evaluation",
    "feature_flag.key": kept.decision,
    "feature_flag.result.reason": reason.toLowerCase(),
    "feature_flag.provider.name": "edgewise",
    "feature_flag.version": about.registry,
    "http.request.method": kept.method,
    "http.response.status_code": kept.status,
    "http.route": kept.route,
    "edgewise.mode": kept.mode,
    "edgewise.degrade": kept.degrade,
    "edgewise.sampling.why": kept.why,
    "edgewise.sampling.probability": kept.rate,
  };
  put(data, "feature_flag.result.variant", kept.outcome);
  put(data, "feature_flag.context.id", pseudonyms.get("unit"));
  if (reason === "ERROR") data["error.type"] = "general";
  put(data, "edgewise.rule", rule);
  put(data, "edgewise.experiment", experiment);
  put(data, "edgewise.variation", variation);
  put(data, "edgewise.features", pseudonyms.get("features"));
  if (pseudonyms.size > 0) data["edgewise.epoch"] = dayOf(kept.at);
  if (kept.models.length > 0) data["edgewise.models"] = kept.models;
  for (const [name, text] of kept.shown) data[`edgewise.field.${name}`] = text;
  for (const [name] of kept.ids) put(data, `edgewise.field.${name}`, pseudonyms.get(name));
  event.data = data;
  return event;
}

function put(data, name, value) {
  if (value !== null && value !== undefined) data[name] = value;
}

function envelope({ ring, node, platform }, id, type, at) {
  return {
    specversion: "1.0",
    id,
    source: `/edgewise/${ring}/${node}`,
    type,
    time: new Date(at).toISOString(),
    datacontenttype: "application/json",
    ring,
    node,
    platform,
  };
}
