/**
 * The breaker before the cloud: closed, calls go; open, none goes for a while; half-open, one call at a time tries.
 *
 * It opens after some failures in a row, or when too large a share of the calls in a window failed. It stays open for a pause,
 * give or take a quarter, so that edges do not come back all at once; each trial that fails doubles the pause. A trial that
 * is never heard of again (its request was dropped) gives way to another one after a pause. Results of calls that began
 * before the breaker last changed its state count for nothing.
 */

/** A pause is stretched by a factor from `EARLIEST` on, within `SPREAD`. */
const EARLIEST = 0.75;
const SPREAD = 0.5;

/**
 * @typedef {object} BreakerTable times in ms
 * @property {number} failures in a row
 * @property {number} rate of failed calls in a window
 * @property {number} calls that a window must have for its rate to count
 * @property {number} window
 * @property {number} pause
 * @property {number} longest_pause
 * @property {number} trials that must succeed before it closes
 */

/**
 * @typedef {object} Breaker all times are those of a clock that never goes back
 * @property {"closed" | "open" | "half-open"} state as it was when last asked
 * @property {(at: number) => number | null} admit the ticket of a call that may go; null when none may
 * @property {(at: number) => boolean} blocks whether `admit` would give none; it changes nothing
 * @property {(ticket: number, at: number) => void} succeeded
 * @property {(ticket: number, at: number) => void} failed
 * @property {(ticket: number, at: number, ms: number) => void} refused the cloud wants to be left alone for so long
 * @property {(ticket: number) => void} dropped the call was never made
 */

/**
 * Prepare a breaker, closed.
 * @param {BreakerTable} table
 * @param {() => number} random from 0 to 1
 * @returns {Breaker}
 */
export function createBreaker(table, random) {
  return new Switch(table, random);
}

class Switch {
  constructor(table, random) {
    this.table = table;
    this.random = random;
    this.state = "closed";
    this.epoch = 0; // of the state; a ticket is good for its epoch
    this.pause = table.pause;
    this.row = 0; // failures in a row
    this.opens = 0; // when an open one lets a call try
    this.trial = null; // when the running trial began
    this.won = 0; // trials that succeeded
    this.begun = 0; // when the current half of the window began
    this.now = { calls: 0, failures: 0 }; // this half of the window, and the one before
    this.before = { calls: 0, failures: 0 };
  }

  admit(at) {
    if (this.state === "open") {
      if (at < this.opens) return null;
      this.enter("half-open");
    }
    if (this.state === "half-open") {
      if (this.isTrying(at)) return null;
      if (this.trial !== null) this.epoch += 1; // the lost trial's result counts no more
      this.trial = at;
    }
    return this.epoch;
  }

  blocks(at) {
    if (this.state === "open") return at < this.opens;
    return this.state === "half-open" && this.isTrying(at);
  }

  isTrying(at) {
    return this.trial !== null && at - this.trial < this.pause && at >= this.trial;
  }

  succeeded(ticket, at) {
    if (ticket !== this.epoch) return;
    if (this.state === "closed") {
      this.row = 0;
      this.count(at, 0);
    } else if (this.state === "half-open") {
      this.trial = null;
      this.won += 1;
      if (this.won >= this.table.trials) this.close();
    }
  }

  failed(ticket, at) {
    if (ticket !== this.epoch) return;
    if (this.state === "closed") {
      this.row += 1;
      this.count(at, 1);
      if (this.row >= this.table.failures || this.isTooOften()) this.open(at, this.pause);
    } else if (this.state === "half-open") {
      this.pause = Math.min(this.pause * 2, this.table.longest_pause);
      this.open(at, this.pause);
    }
  }

  refused(ticket, at, ms) {
    if (ticket !== this.epoch || this.state === "open") return;
    this.open(at, Math.max(this.pause, Math.min(ms, this.table.longest_pause)));
  }

  dropped(ticket) {
    if (ticket === this.epoch && this.state === "half-open") this.trial = null;
  }

  open(at, pause) {
    this.enter("open");
    this.opens = at + pause * (EARLIEST + SPREAD * this.random());
  }

  close() {
    this.enter("closed");
    this.pause = this.table.pause;
    this.row = 0;
    this.now = { calls: 0, failures: 0 };
    this.before = { calls: 0, failures: 0 };
  }

  enter(state) {
    this.state = state;
    this.epoch += 1;
    this.trial = null;
    this.won = 0;
  }

  /** The window moves by halves: what is older than one and a half of them is forgotten. */
  count(at, failures) {
    const half = this.table.window / 2;
    const since = at - this.begun;
    if (!(since >= 0 && since < half)) {
      this.before = since >= half && since < 2 * half ? this.now : { calls: 0, failures: 0 };
      this.now = { calls: 0, failures: 0 };
      this.begun = at;
    }
    this.now.calls += 1;
    this.now.failures += failures;
  }

  isTooOften() {
    const calls = this.now.calls + this.before.calls;
    return calls >= this.table.calls && this.now.failures + this.before.failures >= this.table.rate * calls;
  }
}
