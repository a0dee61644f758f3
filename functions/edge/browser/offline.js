/**
 * The service worker: Edgewise's routes are answered here, and the files of the release come from a cache first.
 *
 * Its own address configures it, by a query: with `edge=first` the edge is asked before it answers itself, and has `deadline`
 * ms; `features=/path` is where the shop gives what it knows of a visitor, for times without a network (knowledge.js);
 * `exposures=/path` where pages tell what was seen (exposure_queue.js).
 *
 * A release is one cache, named by its digest. A new one is downloaded beside the one in use, whole or not at all; it takes
 * over when no page is open any more, or when a page asks for it (`activateWaiting`). Then older caches go.
 */

import { deviceOf } from "./device.js";
import { askEdge, markLocal } from "./edge_first.js";
import { createExposureQueue } from "./exposure_queue.js";
import { createFetch } from "./fetch_adapter.js";
import { gateRequest } from "./gate.js";
import { createHost } from "./host.js";
import { createKnowledge } from "./knowledge.js";
import { own } from "./objects.js";
import * as program from "./program.js";
import { digest, files } from "./release.js";
import tables from "./tables.js";
import { createVisitor } from "./visitor.js";

const PREFIX = "edgewise-release-";
const NAME = PREFIX + digest;
const FOLDER = new URL("./", import.meta.url).href;
const URLS = files.map((file) => FOLDER + file);
const SETTINGS = new URL(self.location.href).searchParams;
const IS_EDGE_FIRST = SETTINGS.get("edge") === "first";
const DEADLINE_MS = Number(SETTINGS.get("deadline")) || 250;

const host = createHost(tables, program, {
  target: "browser",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const visitor = createVisitor(tables.identity);
const knowledge = createKnowledge(tables.service?.gate ?? null, gateRequest, {
  url: SETTINGS.get("features"),
  onUnits: (units) => visitor.adopt(own(units, tables.identity?.unit)),
});
const exposures = createExposureQueue(SETTINGS.get("exposures"), async () => (await knowledge.known(Date.now())).known.mayStore);
const answer = createFetch(host, {
  device: () => deviceOf(navigator),
  geo: () => ({ timezone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
  languages: () => navigator.languages.join(","),
  cookie: ({ cookie }) => [visitor.cookie(), cookie].filter(Boolean).join("; "),
  known: ({ known }) => known,
  newId: ({ known }) => (known.mayStore ? visitor.draw() : crypto.randomUUID()),
});

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  const message = event.data?.edgewise;
  if (message === "activate") self.skipWaiting();
  else if (message === "hydrate") event.waitUntil(Promise.all([knowledge.hydrate(Date.now(), true), exposures.flush()]));
  else if (message === "forget") event.waitUntil(forget());
});
self.addEventListener("fetch", (event) => {
  const { url, mode } = event.request;
  if (mode === "navigate") event.waitUntil(knowledge.hydrate(Date.now()));
  if (URLS.includes(url)) event.respondWith(fromCache(event.request));
  else if (exposures.takes(event.request)) event.respondWith(exposures.take(event.request));
  else if (isOwn(url)) event.respondWith(IS_EDGE_FIRST ? respondEdgeFirst(event) : respond(event.request));
});

async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll(URLS.map((url) => new Request(url, { cache: "reload" })));
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fromCache(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request.url)) ?? fetch(request);
}

/** The shop's own origin only; what another one serves under the same path is none of ours. */
function isOwn(url) {
  const { origin } = self.location;
  return url.startsWith(`${origin}/`) && host.owns(url.slice(origin.length));
}

async function respondEdgeFirst(event) {
  const { response, why } = await askEdge(event.request, DEADLINE_MS);
  if (response === null) {
    knowledge.miss();
    return markLocal(await respond(event.request), why);
  }
  event.waitUntil(Promise.all([knowledge.hydrate(Date.now()), exposures.flush()]));
  return response;
}

async function respond(request) {
  await visitor.ready();
  const response = await answer(request, await knowledge.known(Date.now()));
  await visitor.kept();
  return response;
}

/** After a withdrawal: nothing of the visitor stays here. */
async function forget() {
  await visitor.forget();
  await Promise.all([knowledge.forget(), exposures.forget()]);
}
