/** What one request has come to, from stage to stage. */

const NO_CODES = new Int32Array();
const NO_PURPOSES = [];

/** A request on its way; a class, so that no request makes functions of its own. */
export class Trail {
  constructor(http, context, document, identity) {
    this.http = http;
    /** @type {{waitUntil: (work: Promise<unknown>) => void} | null} takes work that goes on after the response */
    this.context = context;
    this.document = document;
    /** @type {import("./messages.js").Known} */
    this.known = { denied: NO_PURPOSES, mayStore: true, features: null, timestamps: null, visitor: null };
    /** @type {import("./consent_gate.js").Outcome | null} */
    this.gate = null;
    this.identity = identity;
    this.cookies = null;
    /** @type {string | null | undefined} the visitor's id by his cookie; undefined until it is looked for */
    this.visitor = undefined;
    /** @type {string | null | undefined} his pseudonym, likewise */
    this.pseudonym = undefined;
    /** @type {number[]} the decisions asked for */
    this.chosen = NO_PURPOSES;
    this.codes = NO_CODES;
    this.isNeutral = false;
    this.isShared = false;
    /** @type {import("./http.js").Decided | null} null after a page view */
    this.decided = null;
    /** @type {Map<number, import("./leaves.js").Replacement> | null} */
    this.replaced = null;
    /** @type {string | null} the body of a page view's answer */
    this.page = null;
    /** @type {import("./messages.js").HttpResponse | null} the answer, where it is no page view's */
    this.response = null;
    /** The degrade mode, and which requests leave a record in it. */
    this.mode = "full";
    this.log = "sampled";
    /** When it began, by a clock that never goes back; where a stage asks for it. */
    this.begun = 0;
    /** @type {import("./budget.js").Budget | null} */
    this.budget = null;
    /** @type {(number | null)[] | null} ms of the stages: see records_counts.js */
    this.times = null;
    /** @type {import("./records_trace.js").Trace | null} */
    this.trace = null;
    /** Whether the vector of this request still stands in the engine's buffer. */
    this.isFresh = false;
    /** Whether the object of a page view names the visitor's unit. */
    this.namesUnit = false;
    /** Whether this is a page of the shop: it gets outcomes, and no answer of its own. */
    this.isPage = false;
  }

  /** @returns {import("./service_cookies.js").Jar} */
  get jar() {
    this.cookies ??= this.identity.jarOf(this.http.header("cookie") ?? "");
    return this.cookies;
  }

  /** The visitor's id by his cookie, or null. */
  visitorId() {
    if (this.visitor === undefined) this.visitor = this.identity.readVisitor(this);
    return this.visitor;
  }

  /** For how many ms the next stage may make the visitor wait. */
  left() {
    return this.budget === null ? Infinity : this.budget.left();
  }

  /** Let another outcome stand for a decision's own. */
  replace(decision, replacement) {
    this.replaced ??= new Map();
    this.replaced.set(decision, replacement);
  }

  /** What takes work that is to go on after the response; null where the platform has nothing of the kind. */
  get keep() {
    const { context } = this;
    return context === null ? null : (work) => context.waitUntil(work);
  }

  /** Take a page view's codes, which stand in the engine's own buffer until `keepCodes`. */
  see(codes, everything) {
    this.codes = codes;
    this.isShared = true;
    this.isFresh = true;
    this.chosen = everything;
  }

  /** Take what the routes decided. */
  take(decided) {
    this.decided = decided;
    this.chosen = decided.chosen;
    this.isNeutral = decided.codes === null && decided.response === null;
    if (decided.codes === null) return;
    this.codes = decided.codes;
    this.isFresh = true;
  }

  /** Another request may be decided while this one waits. */
  keepCodes() {
    this.isFresh = false;
    if (!this.isShared) return;
    this.codes = this.codes.slice();
    this.isShared = false;
  }

  /** The same as the routes would have it. */
  asDecided() {
    if (this.decided !== null) return this.decided;
    const { http, chosen, codes } = this;
    return { response: null, form: "decide", http, request: null, at: http.at, chosen, codes, cookie: null, error: null };
  }
}
