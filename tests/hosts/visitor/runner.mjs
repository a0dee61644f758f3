/** What the JavaScript host sees of visitors: lines of JSON in, lines of JSON out. The first line is `{"zones": TABLE}`. */

import { createInterface } from "node:readline";

import { AGENT_RULES, agentType, observeType } from "../../../decision_engine/hosts/javascript/visitor_device.js";
import { placeOf } from "../../../decision_engine/hosts/javascript/visitor_geo.js";
import { prepareLanguage } from "../../../decision_engine/hosts/javascript/visitor_language.js";
import { prepareLocal } from "../../../decision_engine/hosts/javascript/visitor_local.js";

const KEYS = ["hour", "minute", "weekday", "part_of_day"];
let readLocal;

const headerOf = (headers) => (name) => (Object.hasOwn(headers, name) ? headers[name] : null);

const OPERATIONS = {
  zones: (table) => {
    readLocal = prepareLocal(table);
    return null;
  },
  rules: () => AGENT_RULES,
  agent: (agent) => agentType(agent),
  device: ({ headers, cdn }) => observeType({ header: headerOf(headers), cdn }) ?? null,
  language: ({ header, values }) => prepareLanguage(values)(header) ?? null,
  languages: ({ headers, values }) => {
    const choose = prepareLanguage(values);
    return headers.map((header) => choose(header) ?? null);
  },
  geo: ({ cdn, headers }) => placeOf(cdn, headerOf(headers)),
  local: ({ zone, at }) => {
    const read = KEYS.map((key) => [key, readLocal(zone, key, at)]);
    return read[0][1] === undefined ? null : Object.fromEntries(read);
  },
  locals: ({ zone, times }) => times.map((at) => readLocal(zone, "weekday", at) * 1440 + readLocal(zone, "minute", at)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [[name, given]] = Object.entries(JSON.parse(line));
  process.stdout.write(`${JSON.stringify(OPERATIONS[name](given))}\n`);
}
