/** Runs lines of operations of profiles in node: lines of JSON in, lines of JSON out, in order. */

import { decodeBase64url, encodeBase64url } from "../../../decision_engine/hosts/javascript/base64url.js";
import { createProfiles, hitRatios, REFUSALS } from "../../../decision_engine/hosts/javascript/profiles.js";
import { createPseudonyms, epochKey } from "../../../decision_engine/hosts/javascript/pseudonym.js";
import { createVirtualTime } from "./virtual_time.mjs";

/** Each takes the members of a line; the first whose name is a member is meant. */
const OPERATIONS = {
  /** `open`: table and keys; from now on the profiles of these. */
  open: ({ open: { table, keys } }) => {
    profiles = createProfiles(table, secretsOf(keys));
    return {};
  },
  token: async ({ token, pseudonym, at }) => {
    const { value, refused } = await refusalIn(() => profiles.readToken(token, pseudonym, at));
    return { profile: value, refused };
  },
  sticky: async ({ sticky, pseudonym, at }) => {
    const { value, refused } = await refusalIn(() => profiles.readSticky(sticky, pseudonym, at));
    return { variations: value === null ? null : Object.fromEntries(value), refused };
  },
  /** `tokens`: many; why each does not count, null where it does; and the slowest in ms. */
  tokens: async ({ tokens, pseudonym, at }) => judgeAll(tokens, (one) => profiles.readToken(one, pseudonym, at)),
  stickies: async ({ stickies, pseudonym, at }) => judgeAll(stickies, (one) => profiles.readSticky(one, pseudonym, at)),
  /** `flips`: texts; how many of all texts that differ from them in one bit are accepted, and how many there are. */
  flips: async ({ flips, read, pseudonym, at }) => {
    const open = read === "sticky" ? profiles.readSticky : profiles.readToken;
    const counts = { accepted: 0, judged: 0 };
    for (const one of flips) {
      const reads = [];
      for (let place = 0; place < one.length; place += 1) {
        for (let bit = 0; bit < 8; bit += 1) {
          const other = String.fromCharCode(one.charCodeAt(place) ^ (1 << bit));
          reads.push(open(one.slice(0, place) + other + one.slice(place + 1), pseudonym, at));
        }
      }
      const found = await Promise.all(reads);
      counts.judged += found.length;
      counts.accepted += found.filter((value) => value !== null).length;
    }
    return counts;
  },
  unit: async ({ unit, secret, tenant }) => {
    const pseudonyms = createPseudonyms(decodeBase64url(secret), tenant);
    const made = await pseudonyms.of(unit);
    const again = pseudonyms.of(unit);
    if ((await again) !== made) throw new Error("the remembered pseudonym differs");
    if (typeof again === "string" && unit.length > 128) throw new Error("a long unit is remembered");
    return made;
  },
  epoch: async ({ epoch, use, master }) => encodeBase64url(await epochKey(decodeBase64url(master), use, epoch)),
  base64url: ({ base64url }) => {
    const bytes = decodeBase64url(base64url);
    return bytes === null ? null : { bytes: Array.from(bytes), again: encodeBase64url(bytes) };
  },
  /** `steps` of a KV that fails, in virtual time: see stored.json. */
  steps: ({ steps, table, keys }) => runSteps(table, secretsOf(keys), steps),
  /** `concurrent` reads of `visitors` at once, while the KV takes `slow` ms: how often it was asked, who waited how long. */
  concurrent: (operation) => runConcurrent(operation),
  /** `top`: what the KV holds, a list of visitors among it; how many of them are known. */
  top: async ({ top, table, keys, at }) => {
    const time = createVirtualTime();
    const kv = createFaultyKv(time);
    kv.texts = top;
    return time.settle(createProfiles(table, secretsOf(keys), { kv, timers: time.timers }).warmTop(at));
  },
  /** `warm`: visitors; how many there are, how many of them are known once the KV fails, and the hit ratios. */
  warm: async ({ warm, table, keys, put, at }) => {
    const time = createVirtualTime();
    const kv = createFaultyKv(time);
    kv.texts = put;
    const own = createProfiles(table, secretsOf(keys), { kv, timers: time.timers });
    const found = await time.settle(own.warm(warm, at));
    kv.fault = "error";
    let known = 0;
    for (const visitor of Object.keys(put)) if (own.readStored(visitor.slice("profile/".length), at, 0) !== null) known += 1;
    return { found, known, ratios: hitRatios(own.counters) };
  },
};
let profiles;

let text = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const line of text.split("\n").filter((one) => one !== "")) {
  const operation = JSON.parse(line);
  const name = Object.keys(OPERATIONS).find((one) => Object.hasOwn(operation, one));
  answers.push(JSON.stringify(await OPERATIONS[name](operation)));
}
process.stdout.write(`${answers.join("\n")}\n`);

function secretsOf(keys) {
  return new Map(Object.entries(keys).map(([id, secret]) => [id, decodeBase64url(secret)]));
}

async function refusalIn(read) {
  const before = { ...profiles.counters };
  const value = await read();
  const refused = REFUSALS.filter((reason) => profiles.counters[reason] > before[reason]);
  if (refused.length > 1) throw new Error(`counted as ${refused}`);
  return { value, refused: refused[0] ?? null };
}

async function judgeAll(texts, read) {
  const reasons = [];
  let slowest = 0;
  for (const one of texts) {
    const start = performance.now();
    const { value, refused } = await refusalIn(() => read(one));
    slowest = Math.max(slowest, performance.now() - start);
    if ((value === null) !== (refused !== null)) throw new Error(`${one}: ${refused}, and ${JSON.stringify(value)}`);
    reasons.push(refused);
  }
  return { reasons, slowest };
}

async function runSteps(table, secrets, steps) {
  const time = createVirtualTime();
  const kv = createFaultyKv(time);
  const own = createProfiles(table, secrets, { kv, timers: time.timers });
  const found = [];
  let last = steps[0].at;
  for (const { at, put, fault, read, token, budget } of steps) {
    if (put !== undefined) kv.texts = put;
    if (fault !== undefined) kv.fault = fault;
    if (at !== last) await time.pass(at > last ? at - last : 200); // where the clock jumps back, time passes too
    last = at;
    if (read === undefined) continue;
    const before = { ...own.counters };
    const started = time.now();
    const profile = await time.settle(own.read(token ?? null, read, at, budget));
    const counted = Object.keys(before).filter((name) => own.counters[name] !== before[name]);
    found.push({ profile, waited: time.now() - started, counted: counted.sort() });
  }
  return found;
}

function createFaultyKv(time) {
  const kv = { texts: {}, fault: null, asked: 0, get };
  async function get(key) {
    kv.asked += 1;
    const { fault } = kv;
    if (fault === "error") throw new Error("no KV");
    if (fault === "hang") return new Promise(() => {});
    if (typeof fault === "number") await time.sleep(fault);
    return Object.hasOwn(kv.texts, key) ? kv.texts[key] : null;
  }
  return kv;
}

async function runConcurrent({ concurrent, visitors, table, keys, put, slow, at, budget }) {
  const time = createVirtualTime();
  const kv = createFaultyKv(time);
  kv.texts = put;
  kv.fault = slow;
  const own = createProfiles(table, secretsOf(keys), { kv, timers: time.timers });
  const waits = [];
  const reads = Array.from({ length: concurrent }, async (_, number) => {
    const profile = await own.read(null, visitors[number % visitors.length], at, budget);
    waits.push(time.now());
    return profile !== null;
  });
  const known = await time.settle(Promise.all(reads));
  await time.run();
  const later = visitors.map((visitor) => own.readStored(visitor, at, budget));
  const remembered = later.filter((one) => one !== null && !(one instanceof Promise)).length;
  return { asked: kv.asked, known: known.filter(Boolean).length, longest: Math.max(...waits), remembered, ratios: hitRatios(own.counters) };
}
