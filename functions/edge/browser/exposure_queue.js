/**
 * Exposures that pages tell when they go: a service worker outlives them, so it takes the report over, and keeps what it
 * cannot send until there is a network again.
 */

const CACHE = "edgewise-exposures";
const PLACE = "/waiting";
const MOST = 64;
const LONGEST = 16_384;
const DEADLINE_MS = 5000;

/**
 * @typedef {object} ExposureQueue
 * @property {(request: Request) => boolean} takes
 * @property {(request: Request) => Promise<Response>} take send a report, or keep it
 * @property {() => Promise<void>} flush send what was kept
 * @property {() => Promise<void>} forget
 */

/**
 * @param {string | null} path where exposures are told; null for nowhere
 * @param {() => Promise<boolean>} mayKeep whether the visitor allows storage
 * @returns {ExposureQueue}
 */
export function createExposureQueue(path, mayKeep) {
  const url = path === null ? null : new URL(path, self.location.href).href;
  let turn = Promise.resolve();

  /** One at a time: what is kept is one text. */
  function inTurn(work) {
    turn = turn.then(work, work);
    return turn;
  }

  async function sent(body) {
    try {
      const options = { method: "POST", body, keepalive: true, signal: AbortSignal.timeout(DEADLINE_MS) };
      return (await fetch(url, options)).status < 500;
    } catch {
      return false;
    }
  }

  /** The oldest go first when there are too many. */
  async function keep(body) {
    await write([...(await read()), body].slice(-MOST));
  }

  async function flush() {
    const waiting = await read();
    let done = 0;
    while (done < waiting.length && (await sent(waiting[done]))) done += 1;
    if (done > 0) await write(waiting.slice(done));
  }

  return {
    takes: (request) => request.url === url && request.method === "POST",
    async take(request) {
      const body = await request.text();
      if (body.length <= LONGEST && !(await sent(body)) && (await mayKeep())) await inTurn(() => keep(body));
      return new Response(null, { status: 202 });
    },
    flush: () => inTurn(flush),
    forget: () => inTurn(() => caches.delete(CACHE)),
  };
}

async function read() {
  const found = await caches.match(PLACE, { cacheName: CACHE });
  return found === undefined ? [] : found.json();
}

async function write(waiting) {
  if (waiting.length === 0) await caches.delete(CACHE);
  else await (await caches.open(CACHE)).put(PLACE, new Response(JSON.stringify(waiting)));
}
