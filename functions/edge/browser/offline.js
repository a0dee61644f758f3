/**
 * The service worker: Edgewise's routes are answered here, and the files of the release come from a cache first.
 *
 * A release is one cache, named by its digest. A new one is downloaded beside the one in use, whole or not at all; it takes
 * over when no page is open any more, or when a page asks for it (`activateWaiting`). Then older caches go.
 */

import { deviceOf } from "./device.js";
import { createFetch } from "./fetch_adapter.js";
import { createHost } from "./host.js";
import * as program from "./program.js";
import { digest, files } from "./release.js";
import tables from "./tables.js";
import { createVisitor } from "./visitor.js";

const PREFIX = "edgewise-release-";
const NAME = PREFIX + digest;
const FOLDER = new URL("./", self.location.href).href;
const URLS = files.map((file) => FOLDER + file);

const host = createHost(tables, program, {
  target: "browser",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const visitor = createVisitor(tables.identity);
const answer = createFetch(host, { device: () => deviceOf(navigator), cookie: visitor.cookie, newId: visitor.draw });

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", ({ data }) => {
  if (data?.edgewise === "activate") self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { url } = event.request;
  if (URLS.includes(url)) event.respondWith(fromCache(event.request));
  else if (isOwn(url)) event.respondWith(respond(event.request));
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

async function respond(request) {
  await visitor.ready();
  const response = await answer(request);
  await visitor.kept();
  return response;
}
