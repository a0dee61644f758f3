/**
 * The visitor's id in a service worker, which sees no cookies and can set none: it is drawn where the edge would have set a
 * cookie, and kept in a cache of the browser for as long.
 */

const CACHE = "edgewise-visitor";
const PLACE = "/visitor";

/**
 * @typedef {object} Visitor
 * @property {() => Promise<void>} ready wait for it before the others are asked
 * @property {() => string | undefined} cookie what a cookie header would say
 * @property {() => string} draw a new id, to be kept
 * @property {(id: unknown) => void} adopt keep the id that the edge knows the visitor by; what is no text is left alone
 * @property {() => Promise<void>} kept waits until the id is kept
 * @property {() => Promise<void>} forget
 */

/**
 * @param {{cookie: string, max_age: number} | null} identity of the tables
 * @param {() => number} [clock] ms UTC
 * @returns {Visitor}
 */
export function createVisitor(identity, clock = Date.now) {
  let id;
  let writing = Promise.resolve();
  const reading = read();

  async function read() {
    const found = await caches.match(PLACE, { cacheName: CACHE });
    if (found === undefined) return;
    const { id: known, until } = await found.json();
    if (until > clock()) id = known;
  }

  async function write() {
    const content = JSON.stringify({ id, until: clock() + 1000 * identity.max_age });
    await (await caches.open(CACHE)).put(PLACE, new Response(content));
  }

  function keep(known) {
    id = known;
    writing = write();
    return id;
  }

  return {
    ready: () => reading,
    cookie: () => (id === undefined || identity === null ? undefined : `${identity.cookie}=${id}`),
    draw: () => keep(crypto.randomUUID()),
    adopt(known) {
      if (identity !== null && typeof known === "string" && known !== id) keep(known);
    },
    kept: () => writing,
    async forget() {
      await reading;
      await writing;
      id = undefined;
      await (await caches.open(CACHE)).delete(PLACE);
    },
  };
}
