/** The pictures of the docs: `node screenshots.mjs CHROMIUM URL FOLDER`. */

import { join } from "node:path";
import process from "node:process";

import { chromium } from "playwright-core";

const [, , executablePath, url, folder] = process.argv;
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--hide-scrollbars"];
const DESK = { width: 1200, height: 1040 };
const PHONE = { width: 390, height: 844 };
const BUYER = {
  visits: 1,
  visitor_type: "new",
  pages: 26,
  product_pages: 25,
  product_seconds: 1500,
  bounce_rate: 0.005,
  exit_rate: 0.015,
  month: "nov",
  weekend: true,
};
// Of the test's two variations, the one that this visitor has.
const VISITOR = "00000000-0000-4000-8000-000000000002";
const SETTLE_MS = 900;

const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
await first();
await agreed();
await sale();
await phone();
await browser.close();

async function visit(viewport) {
  const context = await browser.newContext({ viewport });
  await put(context, { visitor: VISITOR }, { httpOnly: true, secure: true });
  return { context, page: await context.newPage() };
}

function put(context, cookies, options = {}) {
  const place = { domain: new URL(url).hostname, path: "/", ...options };
  return context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name: `nf_${name}`, value: String(value), ...place })));
}

async function picture(page, name) {
  await page.waitForFunction(() => window.edgewise && [...document.images].every(({ complete }) => complete));
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function accept(page) {
  await page.click('[data-consent="all"]');
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.waitForTimeout(SETTLE_MS);
}

/** A first visit: the default, and the question. */
async function first() {
  const { context, page } = await visit(DESK);
  await page.goto(url);
  await picture(page, "first-visit");
  await context.close();
}

/** With consent: the test's variation and the model's picks; a product; the same without a network. */
async function agreed() {
  const { context, page } = await visit(DESK);
  await page.goto(url);
  await accept(page);
  await put(context, BUYER);
  await page.goto(`${url}/p/trek-pack`);
  await picture(page, "product");
  await page.goto(url);
  await picture(page, "likely-buyer");
  await context.setOffline(true);
  await page.reload();
  await picture(page, "offline");
  await context.close();
}

async function sale() {
  const { context, page } = await visit(DESK);
  await page.goto(`${url}/?utm_campaign=sale-november`);
  await page.click('[data-consent="none"]');
  await page.selectOption("select", "DE");
  await page.click(".ship button");
  await page.waitForTimeout(SETTLE_MS);
  await page.goto(`${url}/?utm_campaign=sale-november`);
  await picture(page, "sale");
  await context.close();
}

async function phone() {
  const { context, page } = await visit(PHONE);
  await page.goto(url);
  await accept(page);
  await page.goto(url);
  await picture(page, "phone");
  await context.close();
}
