/**
 * The shop's service worker: Edgewise's, and pages that were seen before for times without a network.
 *
 * Edgewise's module answers its own routes and the files of its release; what it does not answer comes here.
 */

import "/edgewise/service_worker.js";

const PAGES = "northfold-pages";
const KINDS = ["document", "script", "style", "image"];

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOwn = request.url.startsWith(`${self.location.origin}/`);
  if (isOwn && request.method === "GET" && KINDS.includes(request.destination)) event.respondWith(networkFirst(request));
});

self.addEventListener("message", ({ data }) => {
  if (data?.edgewise === "forget") caches.delete(PAGES);
});

async function networkFirst(request) {
  const cache = await caches.open(PAGES);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept === undefined) throw error;
    return kept;
  }
}
