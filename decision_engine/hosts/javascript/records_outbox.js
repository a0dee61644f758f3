/**
 * The way to the sink: one batch at a time, tried a few times with jitter, and kept as it is until it is settled.
 *
 * A batch that did not arrive is sent again with the same bytes at the next flush: its events keep their ids. Meanwhile
 * counters go on counting, and the queue of events fills up to its bound.
 */

import { BATCH_TYPE } from "./records_events.js";

const ATTEMPTS = 3;
/** Milliseconds: the longest wait before the second attempt; each further one may be twice as long. */
const FIRST_WAIT = 200;

const HEADERS = Object.freeze({ "content-type": BATCH_TYPE });
const LATER = [408, 425, 429];

/**
 * @callback Sink
 * @param {string} body
 * @param {{[name: string]: string}} headers
 * @returns {Promise<{status: number}>} the answer; may fail in any way, but has a deadline of its own
 */

/** The batch that has not arrived yet. */
export class Outbox {
  /**
   * @param {Sink} sink
   * @param {(name: string, times?: number) => void} count is told of what is lost or tried again
   * @param {() => number} random of [0, 1)
   * @param {(ms: number) => Promise<void>} sleep
   */
  constructor(sink, count, random, sleep) {
    this.sink = sink;
    this.count = count;
    this.random = random;
    this.sleep = sleep;
    this.waiting = null;
  }

  /**
   * Take a batch; none may be waiting.
   * @param {string} body
   * @param {number} events how many it holds
   */
  put(body, events) {
    this.waiting = { body, events };
  }

  /**
   * Send what waits. A batch that the sink refuses is lost, and counted.
   * @returns {Promise<boolean>} false when the sink does not take it now
   */
  async send() {
    if (this.waiting === null) return true;
    const status = await this.tries(this.waiting.body);
    if (status === null) {
      this.count("sink-unreachable");
      return false;
    }
    if (!(status >= 200 && status < 300)) this.count("sink-refused", this.waiting.events);
    this.waiting = null;
    return true;
  }

  /** The status that settles a batch; null when no attempt did. */
  async tries(body) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (attempt > 0) {
        this.count("sink-retried");
        await this.sleep(this.random() * FIRST_WAIT * 2 ** (attempt - 1));
      }
      const status = await this.attempt(body);
      if (status !== null && status < 500 && !LATER.includes(status)) return status;
    }
    return null;
  }

  async attempt(body) {
    try {
      return (await this.sink(body, { ...HEADERS })).status;
    } catch {
      return null; // the sink's code is not ours, and telemetry fails nobody: the caller counts it
    }
  }
}
