/**
 * The one timing loop of all contenders in node: `node loop.mjs MILLISECONDS MODULE ARGUMENT...`
 *
 * MODULE exports `prepare(...arguments)`, which gives `{call, count}`: `call(index)` handles input `index` of `count` and
 * gives a number, a text, a list, or a promise of a number. Questions come as lines of JSON: `{"do": "sample"}` is
 * answered by microseconds a call, `{"do": "results", "count": n}` by the results of the first inputs.
 */

import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [milliseconds, modulePath, ...given] = process.argv.slice(2);
const LONGEST = Number(milliseconds);
const WARM_UP = 3;

const { prepare } = await import(pathToFileURL(modulePath));
const { call, count } = await prepare(...given);
const isAsync = call(0) instanceof Promise;
let sink = 0;
let at = 0;
let calls = 0;

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  console.log(JSON.stringify(question.do === "sample" ? await sample() : await results(question.count)));
}

async function sample() {
  if (calls === 0) await calibrate();
  return (await run(calls)) / calls;
}

/** Find how many calls take as long as a sample should; what this takes is the warm-up. */
async function calibrate() {
  for (let round = 0, tried = 1; round < WARM_UP; ) {
    const spent = (await run(tried)) / 1000;
    if (spent < LONGEST / 4) tried *= 2;
    else {
      tried = Math.max(1, Math.round((tried * LONGEST) / spent));
      round += 1;
    }
    calls = tried;
  }
}

function run(number) {
  return isAsync ? runAsync(number) : runSync(number);
}

/** Microseconds of so many calls. */
function runSync(number) {
  const start = performance.now();
  for (let done = 0; done < number; done += 1) {
    const result = call(at);
    sink += valueOf(result);
    at = at + 1 === count ? 0 : at + 1;
  }
  return (performance.now() - start) * 1000;
}

/** A number that depends on a result. Reading a character makes a text whole that was joined from parts. */
function valueOf(result) {
  if (typeof result === "string") return result.charCodeAt(result.length - 1);
  return typeof result === "number" ? result : result.length;
}

async function runAsync(number) {
  const start = performance.now();
  for (let done = 0; done < number; done += 1) {
    sink += await call(at);
    at = at + 1 === count ? 0 : at + 1;
  }
  return (performance.now() - start) * 1000;
}

async function results(number) {
  const found = [];
  for (let index = 0; index < number; index += 1) found.push(await call(index));
  return found;
}
