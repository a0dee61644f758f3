/** The features of a request as elements of the vector: docs/reference/host.md, "Vector", in few bytes. */

import { own, timeOf } from "./page_values.js";

/** Write every feature that has a value; `request` is an object. */
export function encodeFeatures({ features, automata }, request, at, vector) {
  const denied = own(own(request, "consent"), "denied");
  for (const feature of features) {
    const { accept, inputs, purposes, name, path = [feature.from, name] } = feature;
    if (Array.isArray(denied) && purposes?.some((purpose) => denied.includes(purpose))) continue;
    const given = accept(rawOf(feature, path, request), feature);
    const isServed = given !== undefined && !(at - writtenAt(path, own(request, "timestamps")) > feature.max_age);
    const value = isServed ? given : accept(feature.default, feature);
    if (value === undefined) continue;
    for (const input of inputs) vector[input.at] = input.element ? input.element(input, value, automata, feature) : numberOf(value);
  }
}

function rawOf({ name, parse }, path, request) {
  const given = own(request, "features");
  if (own(given, name) !== undefined) return given[name];
  const raw = path.reduce(own, request);
  return parse && typeof raw === "string" ? parse(raw) : raw;
}

function writtenAt(path, times) {
  return timeOf(own(times, path.join("."))) ?? timeOf(own(times, path[0]));
}

/** The number of tags; 1 of a text that is there; else the value itself. */
function numberOf(value) {
  return value.size ?? (typeof value === "string" ? 1 : value);
}
