/**
 * The sources' own libraries as oracles: lines of JSON in, lines of JSON out.
 *
 * {"kind": "flagd", "document": {...}, "cases": [[key, context], ...]}       -> [{"value": ...} | {"none": reason}, ...]
 * {"kind": "growthbook", "document": {...}, "cases": [[key, attributes], ...]} -> [{"value": ...}, ...]
 * {"kind": "jsonlogic", "cases": [[rule, data], ...]}                        -> [{"value": ...} | {"error": text}, ...]
 */

import { createInterface } from "node:readline";
import { GrowthBook } from "@growthbook/growthbook";
import { FlagdCore } from "@openfeature/flagd-core";
import jsonLogic from "json-logic-js";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
console.error = () => {};
Date.now = () => 1763712000000; // AT of runner.py

const ORACLES = {
  flagd({ document, cases }) {
    const core = new FlagdCore(undefined, SILENT);
    core.setConfigurations(JSON.stringify(document));
    return cases.map(([key, context]) => {
      const flag = core.getFlag(key);
      if (flag.state === "DISABLED") return { none: "DISABLED" };
      const found = flag.evaluate(context, SILENT);
      return found.value === undefined ? { none: found.reason } : { value: found.value };
    });
  },
  growthbook({ document, cases }) {
    return cases.map(([key, attributes]) => {
      const growthbook = new GrowthBook({ ...document, attributes, log: () => {} });
      return { value: growthbook.evalFeature(key).value };
    });
  },
  jsonlogic({ cases }) {
    return cases.map(([rule, data]) => {
      try {
        const value = jsonLogic.apply(rule, data);
        return Number.isNaN(value) || value === undefined ? { error: "no value" } : { value };
      } catch (error) {
        return { error: String(error) };
      }
    });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(ORACLES[asked.kind](asked))}\n`);
}
