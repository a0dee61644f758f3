/** Stands in for the built-in modules of EdgeWorkers that the worker imports, after their documentation. */

import { webcrypto } from "node:crypto";
import { TextDecoder, TextEncoder } from "node:util";

export { TextDecoder, TextEncoder };

export const crypto = { getRandomValues: (array) => webcrypto.getRandomValues(array) };

export const logger = { error: (form, ...values) => console.error(form, ...values) };

/** Akamai refuses what is not a status, an object of texts, and a text. */
export function createResponse(status, headers, body) {
  if (!Number.isInteger(status)) throw new TypeError("status is not a whole number");
  if (Object.values(headers).some((value) => typeof value !== "string")) throw new TypeError("a header is not a text");
  if (typeof body !== "string") throw new TypeError("body is not a text");
  return { status, headers: { ...headers }, body };
}
