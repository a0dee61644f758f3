/** What a host refuses, and how it says so: the codes and messages of docs/reference/host.md. */

const MESSAGES = {
  "no-such-route": "no such route",
  "method-not-allowed": "method not allowed",
  "bad-encoding": "the query parameter d is not percent-encoded UTF-8",
  "too-large": "the text is longer than 65,536 bytes",
  "not-utf8": "the text is not UTF-8 without byte order mark",
  "not-json": "the text is not JSON",
  "too-deep": "the text is nested more than 32 deep",
  "too-many-keys": "the text has more than 256 keys",
  "duplicate-key": "an object has the same key twice",
  "bad-text": "a text has a lone surrogate",
  "bad-number": "a number is beyond 2^53-1",
  "not-an-object": "the text is not an object",
  "bad-decisions": "decisions is not a list of names",
  "unknown-decision": "unknown decision",
};

/**
 * Make the error of a request that cannot be read: a caller's mistake, unlike any other exception of a host.
 * @param {string} code
 * @param {string} [message] stands for the message of the code
 * @returns {Error & {code: string, status: number}} `status` is the HTTP status that goes with the code
 */
export function requestError(code, message = MESSAGES[code]) {
  return Object.assign(new Error(message), { code, status: code === "too-large" ? 413 : 400 });
}

/**
 * Tell a request's error from an exception inside.
 * @param {unknown} error
 * @returns {boolean}
 */
export function isRequestError(error) {
  return error instanceof Error && Object.hasOwn(error, "code") && Object.hasOwn(MESSAGES, error.code);
}

/**
 * The JSON text of an error, as it stands under `error` in an answer.
 * @param {string} code
 * @param {string} [message]
 * @returns {string}
 */
export function errorText(code, message = MESSAGES[code]) {
  return `{"code":"${code}","message":${JSON.stringify(message)}}`;
}
