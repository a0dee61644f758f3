/**
 * Delivery: what outcomes do to a page of the shop. Pure: a platform asks for a plan, sends the origin the plan's request,
 * and gives the visitor the origin's answer as the plan says. docs/delivery.md is its contract.
 */

import { escapeScript } from "./deliver_escape.js";
import { answerHeaders, CONDITIONAL_HEADERS, editProblem } from "./deliver_headers.js";
import { createOutcomes } from "./deliver_outcomes.js";
import { describeForced, forcedOutcomes, readPreview } from "./deliver_preview.js";
import { findWay, matchesAny } from "./deliver_routes.js";
import { hydratedToken, outcomeHeader, segmentToken } from "./deliver_segment.js";
import { editChange, slotHtml } from "./deliver_slots.js";
import { readVary } from "./deliver_vary.js";
import { decodeComponent } from "./query.js";

const DECIDE = "/.edgewise/decide";
const PREVIEW_HEADER = "edgewise-preview";
const MOST_KEPT = 512;
const LONGEST_KEPT = 8192;
/** Where a browser says for what it asks, these are pages. */
const PAGE_DESTINATIONS = ["document", "iframe", "frame", "empty"];
const PAGE_ENDINGS = ["html", "htm", "xhtml", "php", "asp", "aspx", "jsp", "do"];
const NO_HEADERS = [];

/**
 * Prepare the delivery of a registry.
 * @param {object} table `service.delivery` of the tables
 * @param {object} tables
 * @returns {Delivery}
 */
export function createDelivery(table, tables) {
  return new Delivery(table, tables);
}

/** The delivery of one registry. Slots that were made before are kept, at most `MOST_KEPT` of them. */
class Delivery {
  constructor(table, tables) {
    const outcomes = createOutcomes(tables);
    const { numbers } = outcomes;
    const known = (one) => numbers.has(one.decision);
    const numbered = (one) => ({ ...one, decision: numbers.get(one.decision) });
    const numbersOf = (names) => names.filter((name) => numbers.has(name)).map((name) => numbers.get(name));
    this.table = table;
    this.registry = tables.registry;
    this.outcomes = outcomes;
    this.names = tables.decisions.map(({ name }) => name);
    const slots = Object.entries(table.slots).filter(([, one]) => known(one));
    this.slots = new Map(slots.map(([name, one]) => [name, numbered(one)]));
    this.edits = table.edits.filter(known).map(numbered);
    this.routes = table.routes.filter(known).map(numbered);
    this.hydrated = numbersOf(table.hydrate);
    this.segment = table.segment === null ? [] : numbersOf(table.segment.decisions);
    const { header, headers, parameter = null } = table.segment ?? { headers: {} };
    this.told = Object.entries(headers).filter(([name]) => numbers.has(name));
    const changed = [...this.slots.values(), ...this.edits].map(({ decision }) => decision);
    this.edited = [...new Set([...changed, ...this.hydrated])];
    /** The parameter with the token, in the origin's address; null for none. */
    this.parameter = parameter;
    this.vary = readVary(tables);
    this.kept = new Map();
    /** Headers that only the edge may send to the origin: a visitor's of the same name are dropped, on every path. */
    this.ownHeaders = header === undefined ? NO_HEADERS : [header, ...Object.values(headers)];
    /** Whether what the origin is asked depends on outcomes; else it may be asked before anything is decided. */
    this.steersOrigin = this.ownHeaders.length > 0 || this.routes.length > 0;
  }

  /**
   * Tell whether a request is for a page that outcomes may change; but for a part of one, and for a connection of another kind.
   * No other header counts, so that what a visitor's headers say changes nothing that a cache cannot see.
   * @param {string} method
   * @param {string} target
   * @param {(name: string) => string | null} header
   * @returns {boolean}
   */
  isPage(method, target, header) {
    if (method !== "GET" && method !== "HEAD") return false;
    const path = pathOf(target);
    const isDelivered = isPagePath(path) && matchesAny(this.table.pages, path);
    if (!isDelivered && !this.routes.some(({ paths }) => matchesAny(paths, path))) return false;
    return header("range") === null && header("upgrade") === null;
  }

  /**
   * List the headers to leave out of the request to the origin, beside `ownHeaders`: with them, it could answer with less
   * than a page. Those of images and their like stay.
   * @param {string | null} destination the header `sec-fetch-dest`
   * @returns {readonly string[]}
   */
  conditionalHeaders(destination) {
    if (this.edited.length === 0) return NO_HEADERS;
    return destination === null || PAGE_DESTINATIONS.includes(destination) ? CONDITIONAL_HEADERS : NO_HEADERS;
  }

  /**
   * Read a page's address.
   * @param {string} target path and query
   * @returns {{decide: string, origin: string, preview: string | null}} the target with which the host decides, that for the
   *   origin, and the token of a preview. The parameter `d`, in which a page of the shop may carry anything, is no object here
   */
  read(target) {
    const mark = target.indexOf("?");
    if (mark < 0) return { decide: DECIDE, origin: target, preview: null };
    const parameter = this.table.preview;
    const toHost = [];
    const toOrigin = [];
    let preview = null;
    for (const piece of target.slice(mark + 1).split("&")) {
      const equals = piece.indexOf("=");
      const name = decodeComponent(equals < 0 ? piece : piece.slice(0, equals));
      if (name !== null && name === parameter) {
        preview ??= (equals < 0 ? "" : decodeComponent(piece.slice(equals + 1))) ?? "";
        continue;
      }
      if (name !== null && name === this.parameter) continue; // the edge alone says it
      toOrigin.push(piece);
      if (name !== "d") toHost.push(piece);
    }
    const origin = withQuery(target.slice(0, mark), toOrigin);
    return { decide: withQuery(DECIDE, toHost), origin, preview };
  }

  /**
   * Verify the token of a preview.
   * @param {string} text
   * @param {Map<string, Uint8Array>} secrets of the keys that may verify, by their ids
   * @param {number} at
   * @returns {Promise<{outcomes: Map<number, import("./deliver_slots.js").Shown>, told: string}>} what is forced, none when the
   *   token is refused; and the header that says so
   */
  async force(text, secrets, at) {
    const { forced, refused } = await readPreview(text, secrets, at);
    const told = refused === null ? describeForced(forced) : `refused ${refused}`;
    return { outcomes: forcedOutcomes(forced, this.outcomes), told };
  }

  /**
   * Plan a page.
   * @param {object} about
   * @param {string} about.target the origin's, as `read` gives it
   * @param {Int32Array | null} about.codes null when the outcomes are the neutral ones
   * @param {Map<number, object> | null} [about.replaced] outcomes of the cloud
   * @param {{outcomes: Map<number, import("./deliver_slots.js").Shown>, told: string} | null} [about.preview]
   * @param {string | null} [about.cookie] the value of `set-cookie` that names the visitor
   * @returns {Plan}
   */
  plan(about) {
    return new Plan(this, about);
  }

  /** The HTML of a slot for an outcome, or null when its default stands. */
  slotHtml(name, slot, shown) {
    const key = `${name} ${shown.payload}`;
    const kept = this.kept.get(key);
    if (kept !== undefined) return kept;
    const html = slotHtml(slot, shown);
    if (html !== null && html.length + key.length > LONGEST_KEPT) return html;
    if (this.kept.size >= MOST_KEPT) this.kept.clear();
    this.kept.set(key, html);
    return html;
  }
}

/** What one page gets. */
class Plan {
  constructor(delivery, { target, codes, replaced = null, preview = null, cookie = null }) {
    this.delivery = delivery;
    this.codes = codes;
    this.replaced = replaced;
    this.preview = preview;
    this.cookie = cookie;
    this.isOwn = cookie !== null || preview !== null || codes === null;
    this.shown = new Map();
    const shownOf = (decision) => this.outcome(decision);
    const { table, outcomes, registry, segment } = delivery;
    const way = findWay(delivery.routes, target, shownOf);
    this.used = [...way.used, ...segment];
    /** Where the visitor is sent instead, or null. */
    this.redirect = way.redirect;
    const path = pathOf(target);
    this.isEditable = delivery.edited.length > 0 && matchesAny(table.pages, path);
    this.token = table.segment === null ? null : segmentToken(registry, segment, shownOf, outcomes.payloadOf);
    /** Path and query to ask the origin for. */
    this.target = withToken(way.rewrite ?? target, delivery.parameter, this.token);
    /** Headers to set in the request to the origin. */
    this.toOrigin = this.token === null ? NO_HEADERS : this.originHeaders();
  }

  /** What a decision shows here. */
  outcome(decision) {
    const known = this.shown.get(decision);
    if (known !== undefined) return known;
    const shown = this.readOutcome(decision);
    this.shown.set(decision, shown);
    return shown;
  }

  readOutcome(decision) {
    const { outcomes } = this.delivery;
    const forced = this.preview?.outcomes.get(decision);
    if (forced !== undefined) return forced;
    const replacement = this.replaced?.get(decision);
    if (this.codes === null) return outcomes.neutral(decision);
    if (replacement === undefined) return outcomes.shown(decision, this.codes);
    return outcomes.replaced(decision, this.codes, replacement);
  }

  originHeaders() {
    const { table, told, outcomes } = this.delivery;
    const headers = [[table.segment.header, this.token]];
    for (const [name, header] of told) {
      const value = outcomeHeader(this.outcome(outcomes.numbers.get(name)));
      if (value !== null) headers.push([header, value]);
    }
    return headers;
  }

  /**
   * Make the content of a slot.
   * @param {string | null} name
   * @returns {string | null} HTML, or null when the default stands
   */
  slot(name) {
    const slot = this.delivery.slots.get(name);
    return slot === undefined ? null : this.delivery.slotHtml(name, slot, this.outcome(slot.decision));
  }

  /** The key of what a slot shows. */
  slotOutcome(name) {
    return this.outcome(this.delivery.slots.get(name).decision).outcome ?? "";
  }

  /** The headers of the redirect. */
  redirectHeaders() {
    const changes = [["location", this.redirect.location], ["cache-control", "private, no-store"]];
    if (this.preview !== null) changes.push([PREVIEW_HEADER, this.preview.told]);
    if (this.cookie !== null) changes.push(["set-cookie", this.cookie]);
    return changes;
  }

  /** The edits that change something: selectors with what happens to their elements. */
  edits() {
    const changes = this.delivery.edits.map((edit) => [edit.selector, editChange(edit, this.outcome(edit.decision))]);
    return changes.filter(([, change]) => change !== null);
  }

  /** The element with the outcomes for the page's own scripts; null when none are wanted. */
  data() {
    const { hydrated, names, registry } = this.delivery;
    if (hydrated.length === 0) return null;
    const members = hydrated.map((decision) => {
      const { outcome, payload, tail } = this.outcome(decision);
      return `${names[decision]}:{"outcome":${JSON.stringify(outcome)},"payload":${payload},${tail}`;
    });
    const json = `{"decisions":{${members.join(",")}},"registry":${JSON.stringify(registry)}}`;
    return `<script type="application/json" id="edgewise-data">${escapeScript(json)}</script>`;
  }

  /**
   * Find out why the origin's answer must pass as it is.
   * @param {number} status
   * @param {(name: string) => string | null} header
   * @param {boolean} isDecoded whether the platform decodes gzip and br by itself
   * @returns {string | null} null when it is to be edited
   */
  problem(status, header, isDecoded) {
    if (!this.isEditable) return "nothing-to-edit";
    return editProblem(status, header, this.delivery.table.longest, isDecoded);
  }

  /**
   * Decide what the answer's headers say.
   * @param {boolean} isEdited
   * @param {(name: string) => string | null} header
   * @returns {[string, string | null][]} to set, or with null to take away; `set-cookie` is one more
   */
  headers(isEdited, header) {
    const { table, vary } = this.delivery;
    const { header: name = "", downstream = "keep" } = table.segment ?? {};
    const token = this.shownToken(isEdited);
    const about = { cache: this.cache(isEdited), isEdited, token, header: name, vary, downstream };
    const changes = answerHeaders(about, header);
    if (this.preview !== null) changes.push([PREVIEW_HEADER, this.preview.told]);
    if (this.cookie !== null && about.cache !== "none") changes.push(["set-cookie", this.cookie]);
    return changes;
  }

  /** The token of the visitor's page: what is hydrated also says how it was decided. */
  shownToken(isEdited) {
    if (!isEdited) return this.token;
    return hydratedToken(this.token, this.delivery.hydrated, (decision) => this.outcome(decision));
  }

  /** Whether the page depends on outcomes, and whether the token holds all of them. */
  cache(isEdited) {
    const used = isEdited ? [...this.used, ...this.delivery.edited] : this.used;
    if (used.length === 0 && this.preview === null) return "none";
    if (this.isOwn || this.shownToken(isEdited) === null) return "private";
    return used.every((decision) => this.delivery.segment.includes(decision)) ? "segment" : "private";
  }
}

function pathOf(target) {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

function withToken(target, parameter, token) {
  if (parameter === null || token === null) return target;
  return `${target}${target.includes("?") ? "&" : "?"}${parameter}=${token}`;
}

function withQuery(path, pieces) {
  return pieces.length === 0 ? path : `${path}?${pieces.join("&")}`;
}

/** A last segment without an ending, or with a page's. */
function isPagePath(path) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot < 0 || PAGE_ENDINGS.includes(name.slice(dot + 1).toLowerCase());
}
