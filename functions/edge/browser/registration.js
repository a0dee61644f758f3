/** Registers the service worker, so that Edgewise's routes are answered in the browser, with or without a network. */

/**
 * @param {string} [url] of service_worker.js. It answers the paths of its scope: serve it with `Service-Worker-Allowed: /`,
 *   or from the top of the shop
 * @param {string} [scope]
 * @returns {Promise<ServiceWorkerRegistration>}
 */
export function registerServiceWorker(url = new URL("./service_worker.js", import.meta.url).href, scope = "/") {
  // The modules that the worker imports are checked for changes as well, past every cache.
  return navigator.serviceWorker.register(url, { type: "module", scope, updateViaCache: "none" });
}

/**
 * Let a release that has been downloaded take the place of the one that serves; pages that are open see it at once.
 * @param {ServiceWorkerRegistration} registration
 */
export function activateWaiting({ waiting }) {
  waiting?.postMessage({ edgewise: "activate" });
}
