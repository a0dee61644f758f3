// Reads one request a line from standard input and answers each: what origins.js makes of an address.

import { createInterface } from "node:readline";

import { readOrigin, readPrivate } from "../../../decision_engine/hosts/javascript/origins.js";

for await (const line of createInterface({ input: process.stdin })) {
  const { url, listed, setting } = JSON.parse(line);
  console.log(JSON.stringify(setting === undefined ? readOrigin(url, listed) : readPrivate(setting)));
}
