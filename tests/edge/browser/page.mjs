/**
 * A page of chromium, steered by lines of JSON: `node page.mjs CHROMIUM`. A line has one member of `OPERATIONS`; its answer is
 * `{"result": ...}` or `{"error": ...}`.
 */

import process from "node:process";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];

const browser = await chromium.launch({ executablePath: process.argv[2], args: ARGUMENTS });
let context;
let page;
let said = [];

const OPERATIONS = {
  /** A fresh profile: no cookies, no caches, no service workers. */
  fresh: async () => {
    await context?.close();
    context = await browser.newContext();
    page = await context.newPage();
    said = [];
    page.on("pageerror", (error) => said.push(String(error)));
    page.on("console", (message) => message.type() === "error" && said.push(message.text()));
  },
  open: async (url) => {
    await page.goto(url);
  },
  /** The body of an async function in the page. */
  run: (body) => page.evaluate(`(async () => {${body}})()`),
  offline: (isOffline) => context.setOffline(isOffline),
  click: (selector) => page.click(selector),
  select: ([selector, value]) => page.selectOption(selector, value),
  /** The answers of a path come so many ms later; a service worker's own requests are not held back. */
  delay: ([path, ms]) =>
    context.route(path, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      await route.continue();
    }),
  said: () => said,
  cookies: () => context.cookies(),
  picture: (options) => page.screenshot(options),
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await operate(JSON.parse(line)))}\n`);
}
await browser.close();

async function operate(line) {
  const [name] = Object.keys(line);
  try {
    return { result: (await OPERATIONS[name](line[name])) ?? null };
  } catch (error) {
    return { error: String(error.stack) };
  }
}
