/**
 * What is known of a visitor before he says anything: his profile, from a token that he brings, else from the edge's KV.
 *
 * Nothing here throws, and nothing makes a request fail: a token or an entry that does not count is ignored, and counted.
 */

import { createQuickCache, ownCopy } from "./profile_cache.js";
import { createContentReader, createProfileMaker, mergeValues } from "./profile_content.js";
import { createKeyring, isPseudonym, openEnvelope, PROFILE, refusalOf, STICKY, STORED } from "./profile_envelope.js";
import { readAssignments } from "./profile_sticky.js";
import { createStore } from "./profile_store.js";
import { parseText } from "./strict_json.js";

/** Tokens whose verification an isolate remembers. */
const MOST_TOKENS = 2000;
const KEY_PREFIX = "profile/";
const TOP_KEY = "profile/top";
const LONGEST_TOP = 32768;

/** Why a token does not count. */
export const REFUSALS = ["too-long", "unreadable", "unknown-key", "bad-mac", "foreign", "not-yet-valid", "expired"];
const LANES = [
  "asked",
  "memory",
  "kv",
  "absent",
  "missing",
  "joined",
  "stale",
  "failed",
  "rejected",
  "older",
  "late",
  "paused",
  "shed",
];

/**
 * @typedef {import("./profile_content.js").Profile} Profile
 * @typedef {import("./profile_content.js").ProfileTable} ProfileTable
 * @typedef {import("./profile_store.js").Timers} Timers
 */

/**
 * @typedef {object} Profiles
 * @property {(text: string, pseudonym: string, at: number) => Profile | null | Promise<Profile | null>} readToken
 * @property {(pseudonym: string, at: number, budget: number, keep?: ((work: Promise<unknown>) => void) | null) =>
 *   Profile | null | Promise<Profile | null>} readStored
 * @property {(text: string | null, pseudonym: string, at: number, budget: number,
 *   keep?: ((work: Promise<unknown>) => void) | null) => Profile | null | Promise<Profile | null>} read both lanes
 * @property {(text: string, pseudonym: string, at: number) => Map<string, string> | null | Promise<Map<string, string> | null>}
 *   readSticky the variations that a visitor keeps, by experiment
 * @property {(pseudonyms: string[], at: number) => Promise<number>} warm ask the KV for visitors who will come; tells how many
 *   it knows
 * @property {(at: number) => Promise<number>} warmTop the same for those that the KV's entry `profile/top` lists
 * @property {Record<string, number>} counters
 */

/** The platform's own clock and timers. */
export const PLATFORM_TIMERS = {
  now: () => performance.now(),
  set: (call, ms) => setTimeout(call, ms),
  clear: (timer) => clearTimeout(timer),
};

/**
 * Prepare the profiles of a program.
 * @param {ProfileTable} table
 * @param {Map<string, Uint8Array>} secrets of the keys that may sign, by their ids
 * @param {{kv?: {get: (key: string) => Promise<string | null>} | null, timers?: Timers}} [platform]
 * @returns {Profiles}
 */
export function createProfiles(table, secrets, { kv = null, timers = PLATFORM_TIMERS } = {}) {
  const keyring = createKeyring(secrets);
  const readContent = createContentReader(table);
  const makeProfile = createProfileMaker(table);
  const counters = createCounters();
  const tokens = createQuickCache(MOST_TOKENS);
  const assignments = createQuickCache(MOST_TOKENS);
  const hasStore = kv !== null && table.store !== null;
  const store = hasStore ? createStore(table.store, (key) => kv.get(key), openStored, timers, counters) : null;

  /** A known token's contents at once, others' by a promise; null when it does not count. */
  function openToken(text, pseudonym, at) {
    const known = text.length > PROFILE.longest ? undefined : tokens.take(text);
    if (known === undefined) return openNewToken(text, pseudonym, at);
    counters.remembered += 1;
    return admit(known, pseudonym, at, table.max_age);
  }

  async function openNewToken(text, pseudonym, at) {
    const letter = await openEnvelope(text, PROFILE, keyring);
    if (typeof letter === "string") return refuse(letter);
    const content = readContent(letter.content, letter.issued);
    if (content === null) return refuse("unreadable");
    counters.verified += 1;
    counters["unknown-values"] += content.unknown;
    const token = { ...letter, content, profile: makeProfile(content.values), other: null, joined: null };
    tokens.put(ownCopy(text), token);
    return admit(token, pseudonym, at, table.max_age);
  }

  /** Many visitors may come with one token's text: whose it is, and whether it is still good, is asked every time. */
  function admit(token, pseudonym, at, longest) {
    const refusal = refusalOf(token, pseudonym, at, longest);
    return refusal === null ? token : refuse(refusal);
  }

  function refuse(reason) {
    counters[reason] += 1;
    return null;
  }

  async function openStored(text, key, at) {
    const letter = await openEnvelope(text, STORED, keyring);
    if (typeof letter === "string") return refuse(letter);
    if (admit(letter, key.slice(KEY_PREFIX.length), at, Infinity) === null) return null;
    const content = readContent(letter.content, letter.issued);
    if (content === null) return refuse("unreadable");
    counters["unknown-values"] += content.unknown;
    const { issued, expires } = letter;
    return { value: { content, profile: makeProfile(content.values) }, ttl: content.ttl, issued, expires };
  }

  function readToken(text, pseudonym, at) {
    const token = openToken(text, pseudonym, at);
    return token instanceof Promise ? token.then(profileOf) : profileOf(token);
  }

  function readStored(pseudonym, at, budget, keep = null) {
    if (store === null) return null;
    const found = store.read(KEY_PREFIX + pseudonym, at, budget, keep);
    return found instanceof Promise ? found.then(profileIn) : profileIn(found);
  }

  function read(text, pseudonym, at, budget, keep = null) {
    const token = text === null ? null : openToken(text, pseudonym, at);
    if (token instanceof Promise) return token.then((opened) => complete(opened, pseudonym, at, budget, keep));
    return complete(token, pseudonym, at, budget, keep);
  }

  /** A token that is younger than its groups' copies may be is all there is to know; else the KV may know more. */
  function complete(token, pseudonym, at, budget, keep) {
    if (store === null || (token !== null && at < token.issued + token.content.ttl)) return profileOf(token);
    const found = store.read(KEY_PREFIX + pseudonym, at, budget, keep);
    if (!(found instanceof Promise)) return join(token, found);
    return found.then((one) => join(token, one));
  }

  function join(token, found) {
    if (found === null) return profileOf(token);
    if (token === null) return found.value.profile;
    if (token.other === found.value) return token.joined;
    token.other = found.value;
    token.joined = makeProfile(mergeValues(token.content.values, found.value.content.values));
    return token.joined;
  }

  function readSticky(text, pseudonym, at) {
    if (table.sticky === null) return null;
    const known = text.length > STICKY.longest ? undefined : assignments.take(text);
    if (known === undefined) return openSticky(text, pseudonym, at);
    return variationsOf(admit(known, pseudonym, at, table.sticky.max_age));
  }

  async function openSticky(text, pseudonym, at) {
    const letter = await openEnvelope(text, STICKY, keyring);
    if (typeof letter === "string") return refuse(letter);
    const variations = readAssignments(letter.content);
    if (variations === null) return refuse("unreadable");
    const sticky = { ...letter, variations };
    assignments.put(ownCopy(text), sticky);
    return variationsOf(admit(sticky, pseudonym, at, table.sticky.max_age));
  }

  async function warm(pseudonyms, at) {
    return store === null ? 0 : store.warm(pseudonyms.map((one) => KEY_PREFIX + one), at);
  }

  /** What is listed there is who is asked for, and nothing else: the list needs no signature. */
  async function warmTop(at) {
    if (store === null || !(table.store.warm > 0)) return 0;
    return warm((await readTop()).slice(0, table.store.warm), at);
  }

  async function readTop() {
    try {
      const text = await kv.get(TOP_KEY);
      const listed = typeof text === "string" && text.length <= LONGEST_TOP ? parseText(text) : [];
      return Array.isArray(listed) ? listed.filter(isPseudonym) : [];
    } catch {
      counters.failed += 1;
      return [];
    }
  }

  return { readToken, readStored, read, readSticky, warm, warmTop, counters };
}

/**
 * Tell how well the lanes serve.
 * @param {Record<string, number>} counters
 * @returns {{token: number | null, memory: number | null, kv: number | null}} shares from 0 to 1, null of nothing: of tokens,
 *   those that needed no verification; of questions for stored profiles, those that memory answered; of those that the KV
 *   was asked, those that it had a profile for
 */
export function hitRatios(counters) {
  const { remembered, verified, asked, memory, absent, kv, missing, failed, rejected } = counters;
  return {
    token: share(remembered, remembered + verified),
    memory: share(memory + absent, asked),
    kv: share(kv, kv + missing + failed + rejected),
  };
}

function share(part, whole) {
  return whole === 0 ? null : part / whole;
}

function createCounters() {
  const names = [...REFUSALS, ...LANES, "remembered", "verified", "warmed", "unknown-values"];
  return Object.fromEntries(names.map((name) => [name, 0]));
}

function profileOf(token) {
  return token === null ? null : token.profile;
}

function profileIn(found) {
  return found === null ? null : found.value.profile;
}

function variationsOf(sticky) {
  return sticky === null ? null : sticky.variations;
}
