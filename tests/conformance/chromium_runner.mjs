/**
 * Decides requests with compiled programs in a page of chromium: lines of JSON in, lines of JSON out.
 *
 *     node chromium_runner.mjs CHROMIUM HOST
 *
 * CHROMIUM is the browser; HOST is the folder of the modules that a page imports, which the page gets from there and not from
 * a network. A line is `{"jobs": [{"program": FOLDER, "cases": [[request, at], ...]}, ...]}` and its answer a list with the answers
 * of each job, as those of node_runner.mjs.
 */

import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const [, , executablePath, folder] = process.argv;
const PAGE = "http://shop.example/";
/** So many programs are loaded at once: one by one, most of the time is waiting. */
const TOGETHER = 100;
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];

const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
const page = await browser.newPage();
await page.route("**/*", async (route) => {
  const name = basename(new URL(route.request().url()).pathname);
  if (name === "") return route.fulfill({ contentType: "text/html", body: "<!doctype html>" });
  return route.fulfill({ contentType: "text/javascript", body: await readFile(join(folder, name)) });
});
await page.goto(PAGE);

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answerLine(JSON.parse(line)))}\n`);
}
await browser.close();

async function answerLine({ jobs }) {
  try {
    const answers = [];
    for (let at = 0; at < jobs.length; at += TOGETHER) {
      const sources = await Promise.all(jobs.slice(at, at + TOGETHER).map(readJob));
      answers.push(...(await page.evaluate(answerJobs, sources)));
    }
    return answers;
  } catch (error) {
    return { error: String(error.stack) };
  }
}

/** The cases as text: what goes to the page as a value may lose the sign of a zero. */
async function readJob({ program, cases }) {
  const read = (name) => readFile(resolve(program, name), "utf8");
  // A module that is loaded from its text has no place of its own, beside which others could stand.
  const tables = (await read("page_tables.js")).replaceAll('} from "./', `} from "${PAGE}`);
  return { program: await read("program.js"), tables, cases: JSON.stringify(cases) };
}

/** Runs in the page. */
async function answerJobs(jobs) {
  const { createDecide } = await import("/decide.js");

  async function load(source) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const module = await import(url);
    URL.revokeObjectURL(url);
    return module;
  }

  async function answerJob({ program, tables, cases }) {
    const faults = [];
    const decide = createDecide((await load(tables)).default, (await load(program)).decide, (error) => faults.push(error));
    return JSON.parse(cases).map(([request, at]) => answer(decide, faults, request, at));
  }

  function answer(decide, faults, request, at) {
    faults.length = 0;
    try {
      const text = decide(request, at);
      return faults.length === 0 ? text : `error: ${faults[0].stack}`;
    } catch (error) {
      return `error: ${error.code ?? error.stack}`;
    }
  }

  return Promise.all(jobs.map(answerJob));
}
