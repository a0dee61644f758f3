/**
 * What a service worker knows of its visitor beside a request: what he allows, by the gate and the cookies that scripts can
 * see; and, with his consent to storage, the features that the shop gave for times without a network.
 *
 * The shop gives them at an address of its own, as `{"units": {NAME: ID}, "features": {NAME: VALUE}, "timestamps": {PATH: TIME}}`,
 * all optional: values of docs/reference/host.md. Their timestamps let them grow stale offline as anywhere.
 */

import { objectOf } from "./objects.js";

const CACHE = "edgewise-visitor";
const PLACE = "/known";
const LONGEST = 16_384;
const FRESH_MS = 600_000;
const PAUSE_MS = 30_000;
const STORAGE = "storage";
const DEADLINE_MS = 3000;

/**
 * @typedef {object} Knowledge
 * @property {(at: number) => Promise<{cookie: string | null, known: import("./messages.js").Known}>} known besides, the
 *   cookies that scripts can see, as a header
 * @property {() => void} miss what is known may have aged: the network was away
 * @property {(at: number, isForced?: boolean) => Promise<void>} hydrate ask the shop anew where it is time
 * @property {() => Promise<void>} forget
 */

/**
 * @param {object | null} gate the gate's table; without it everything is allowed, as everywhere
 * @param {typeof import("./consent_requests.js").gateRequest | null} gateRequest
 * @param {{url: string | null, onUnits: (units: object) => void}} source where the shop gives features; null for nowhere
 * @returns {Knowledge}
 */
export function createKnowledge(gate, gateRequest, { url, onUnits }) {
  let isMissed = false;
  let tried = 0;

  function denials(cookie, at) {
    if (gate === null) return [];
    const gpc = navigator.globalPrivacyControl ? "1" : null;
    const { rulings } = gateRequest(gate, { geo: {}, cookie, gpc }, at);
    return rulings.filter(({ allowed }) => !allowed).map(({ purpose }) => purpose);
  }

  async function known(at) {
    const cookie = await cookieHeader();
    const denied = denials(cookie, at);
    const mayStore = !denied.includes(STORAGE);
    const { features = null, timestamps = null } = mayStore ? await kept() : {};
    return { cookie, known: { denied, mayStore, features, timestamps } };
  }

  async function hydrate(at, isForced = false) {
    if (url === null || (!isForced && at - tried < PAUSE_MS) || denials(await cookieHeader(), at).includes(STORAGE)) return;
    const { asked = 0 } = await kept();
    if (!isForced && !isMissed && at - asked < FRESH_MS) return;
    tried = at;
    const found = await read(url);
    if (found === null) return;
    isMissed = false;
    const { units, features = null, timestamps = null } = found;
    await (await caches.open(CACHE)).put(PLACE, new Response(JSON.stringify({ features, timestamps, asked: at })));
    if (objectOf(units) !== undefined) onUnits(units);
  }

  return {
    known,
    hydrate,
    miss() {
      isMissed = true;
      tried = 0;
    },
    async forget() {
      await caches.delete(CACHE);
    },
  };
}

async function kept() {
  const found = await caches.match(PLACE, { cacheName: CACHE });
  return found === undefined ? {} : found.json();
}

/** The shop's document, or null where there is none that can be used. */
async function read(url) {
  try {
    const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(DEADLINE_MS) });
    const text = response.ok ? await response.text() : "";
    const found = text.length <= LONGEST ? JSON.parse(text) : null;
    return objectOf(found) ?? null;
  } catch {
    return null;
  }
}

/** The cookies that scripts can see, as a header; null where the browser shows a worker none. */
async function cookieHeader() {
  if (self.cookieStore === undefined) return null;
  const cookies = await self.cookieStore.getAll();
  return cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
}
