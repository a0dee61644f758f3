/**
 * The Akamai EdgeWorker: answers Edgewise's own routes. The property enables it for their paths only
 * (docs/platforms/akamai.md), so that all others are the property's as before.
 *
 * It answers as a response provider, the one event in which a request's body can be read and an answer may be of any length.
 */

import "./globals.js"; // first: what follows finds its globals there

import { createResponse } from "create-response";
import { logger } from "log";

import { createHost } from "./host.js";
import * as program from "./program.js";
import { readRequest } from "./requests.js";
import tables from "./tables.js";

const host = createHost(tables, program, {
  target: "akamai",
  onError: (error) => logger.error("edgewise: served the neutral answer: %s", String(error)),
});

/**
 * @param {EW.ResponseProviderRequest} request
 * @returns {Promise<object>}
 */
export async function responseProvider(request) {
  const { status, headers, body } = host.respond(await readRequest(request));
  return createResponse(status, headers, body);
}
