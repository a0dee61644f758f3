/**
 * The time of a request as a number of ms that its stages draw from: encode, decide, the KV, the cloud.
 *
 * It runs out by itself, by a clock that never goes back. A stage whose time the clock cannot see, since some platforms stop
 * theirs while code runs, is charged for by hand. What is left never grows, whatever the clock does.
 */

/**
 * @typedef {object} Budget
 * @property {() => number} left ms until the answer must be ready; never below 0
 * @property {(stage: string, ms?: number) => number} draw book the time since the last draw on a stage, or so many ms that the
 *   clock does not see; gives what is left
 * @property {(wanted: number, reserve: number) => number} grant how many whole ms of those wanted a stage may take, when
 *   `reserve` must be left for others; 0 for none
 * @property {Record<string, number>} spent ms by stage
 */

/**
 * Start a budget.
 * @param {number} total ms; what is no number is nothing
 * @param {() => number} now ms of a clock that never goes back
 * @param {number} [start] when it began, by that clock; now by default
 * @returns {Budget}
 */
export function startBudget(total, now, start = now()) {
  return new Drawn(total > 0 ? total : 0, now, start);
}

class Drawn {
  constructor(total, now, start) {
    this.total = total;
    this.now = now;
    this.start = start;
    this.seen = 0; // ms since the start, by the clock; kept, so that a clock that goes back does not give time back
    this.booked = 0; // how much of that is booked
    this.charged = 0;
    this.spent = { __proto__: null };
  }

  left() {
    const elapsed = this.now() - this.start;
    if (elapsed > this.seen) this.seen = elapsed;
    else if (!(elapsed <= this.seen)) this.seen = Infinity; // a clock that gives no number
    const left = this.total - this.seen - this.charged;
    return left > 0 ? left : 0;
  }

  draw(stage, ms) {
    const left = this.left();
    if (ms === undefined) {
      const taken = this.seen === this.booked ? 0 : this.seen - this.booked;
      this.spent[stage] = (this.spent[stage] ?? 0) + taken;
      this.booked = this.seen;
      return left;
    }
    const taken = ms > 0 ? ms : 0;
    this.spent[stage] = (this.spent[stage] ?? 0) + taken;
    this.charged += taken;
    return this.left();
  }

  grant(wanted, reserve) {
    const most = Math.min(wanted, this.left() - reserve);
    return most >= 1 ? Math.floor(most) : 0;
  }
}
