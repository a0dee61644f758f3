/**
 * Trace context (W3C Trace Context, 2021): one id that follows a request to the origin and the cloud.
 *
 *     00-TRACE-PARENT-FLAGS
 *
 * TRACE is 32 hexadecimal digits in lower case, PARENT 16, FLAGS 2. What a visitor sends may be anything: by the table a
 * trace begins anew at the edge, or goes on where a trusted proxy in front of it writes the header.
 */

const LENGTH = 55;
const DASHES = [2, 35, 52];
const UUID = 36;

/**
 * @typedef {object} Trace
 * @property {string} trace the trace that a request belongs to
 * @property {string} span the part of it that is the request's own
 * @property {boolean} sampled
 */

/**
 * Read the header `traceparent`. A later version may have more behind a `-`; the version `ff` and ids of zeros are none.
 * @param {string | null | undefined} header
 * @returns {Trace | null} null when it is absent or not exactly as the specification has it
 */
export function readTraceparent(header) {
  if (typeof header !== "string" || header.length < LENGTH) return null;
  for (let i = 0; i < LENGTH; i += 1) {
    const isDash = header[i] === "-";
    if (isDash !== DASHES.includes(i) || !(isDash || isHex(header.charCodeAt(i)))) return null;
  }
  const version = header.slice(0, 2);
  if (version === "ff" || (header.length > LENGTH && (version === "00" || header[LENGTH] !== "-"))) return null;
  const trace = header.slice(3, 35);
  const span = header.slice(36, 52);
  if (isZeros(trace) || isZeros(span)) return null;
  return { trace, span, sampled: (parseInt(header.slice(53, LENGTH), 16) & 1) === 1 };
}

/**
 * Begin the part of a trace that a request is.
 * @param {string | null | undefined} header
 * @param {"restart" | "accept"} mode the table's: whether to go on with the header's trace
 * @param {() => string} newId draws a UUID; its digits become the ids
 * @returns {Trace}
 */
export function startTrace(header, mode, newId) {
  return new StartedTrace(mode === "accept" ? readTraceparent(header) : null, newId);
}

/** Its ids are drawn when somebody asks: most requests are neither kept nor passed on. */
class StartedTrace {
  constructor(given, newId) {
    this.given = given;
    this.newId = newId;
    this.ownTrace = null;
    this.ownSpan = null;
  }

  get span() {
    this.ownSpan ??= digitsOf(this.newId()).slice(-16);
    return this.ownSpan;
  }

  get trace() {
    if (this.given !== null) return this.given.trace;
    this.ownTrace ??= digitsOf(this.newId());
    return this.ownTrace;
  }

  get sampled() {
    return this.given === null || this.given.sampled;
  }

  /** Whether it begins here: then what others wrote beside the header of another trace means nothing. */
  get isNew() {
    return this.given === null;
  }

  /** The header for the next one in the chain. */
  get header() {
    return writeTraceparent(this);
  }
}

/**
 * Write the header for the next one in the chain.
 * @param {Trace} trace
 * @returns {string}
 */
export function writeTraceparent(trace) {
  const { span } = trace;
  return `00-${trace.trace}-${span}-${trace.sampled ? "01" : "00"}`;
}

function digitsOf(uuid) {
  return uuid.slice(0, UUID).toLowerCase().split("-").join("");
}

function isHex(unit) {
  return (unit >= 48 && unit <= 57) || (unit >= 97 && unit <= 102);
}

function isZeros(text) {
  for (let i = 0; i < text.length; i += 1) if (text[i] !== "0") return false;
  return true;
}
