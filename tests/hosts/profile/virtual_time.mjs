/** Time that passes only when nothing else can happen: timers fire in the order of their times, at once. */

/**
 * Make a clock that begins at 0.
 */
export function createVirtualTime() {
  const waiting = new Map();
  let now = 0;
  let next = 0;

  function set(call, ms) {
    next += 1;
    waiting.set(next, { call, due: now + ms });
    return next;
  }

  function fire() {
    let first = null;
    for (const [timer, { due }] of waiting) if (first === null || due < waiting.get(first).due) first = timer;
    if (first === null) return false;
    const { call, due } = waiting.get(first);
    waiting.delete(first);
    now = due;
    call();
    return true;
  }

  /** Let promises go on, those of WebCrypto too, until a promise is settled; time passes in between. */
  async function settle(promise) {
    let isDone = false;
    const done = () => (isDone = true);
    Promise.resolve(promise).then(done, done);
    while (!isDone) {
      await quiet();
      if (!isDone && !fire()) throw new Error("nothing more can happen");
    }
    return promise;
  }

  /** Let time pass. */
  async function pass(ms) {
    const end = now + ms;
    set(() => {}, ms);
    await quiet();
    while (now < end && fire()) await quiet();
  }

  async function run() {
    do await quiet();
    while (fire());
  }

  return {
    timers: { now: () => now, set, clear: (timer) => waiting.delete(timer) },
    now: () => now,
    sleep: (ms) => new Promise((resolve) => set(resolve, ms)),
    settle,
    pass,
    run,
  };
}

/** WebCrypto works in other threads, in real time: what it has begun is waited for. */
let begun = 0;
for (const name of ["decrypt", "importKey", "sign", "verify"]) {
  const own = crypto.subtle[name];
  crypto.subtle[name] = (...given) => {
    begun += 1;
    return own.apply(crypto.subtle, given).finally(() => (begun -= 1));
  };
}

async function quiet() {
  do for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
  while (begun > 0);
}
