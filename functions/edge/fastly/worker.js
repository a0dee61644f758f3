/**
 * The Fastly Compute worker: answers Edgewise's own routes, and passes every other request to the service's backend `origin`.
 *
 * The runtime has no WebAssembly inside, so the program is the JavaScript form. All of it is prepared while the package is
 * built: what a request meets is the snapshot behind that.
 */

import { getGeolocationForIpAddress } from "fastly:geolocation";

import { createFetch } from "./fetch_adapter.js";
import { geoOf } from "./geo.js";
import { createHost } from "./host.js";
import * as program from "./program.js";
import tables from "./tables.js";

const host = createHost(tables, program, {
  target: "fastly",
  onError: (error) => console.error("edgewise: served the neutral answer:", String(error)),
});
const answer = createFetch(host, {
  geo: (event) => geoOf(getGeolocationForIpAddress(event.client.address)),
  passOn: (request) => fetch(request, { backend: "origin" }),
});

addEventListener("fetch", (event) => event.respondWith(answer(event.request, event)));
