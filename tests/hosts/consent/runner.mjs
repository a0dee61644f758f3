/** Runs lines of operations of the consent gate in node: lines of JSON in, lines of JSON out, in order. */

import { openBits } from "../../../decision_engine/hosts/javascript/consent_bits.js";
import { decideConsent, isOptedOut } from "../../../decision_engine/hosts/javascript/consent_gate.js";
import { readAnyUs, readGpp } from "../../../decision_engine/hosts/javascript/consent_gpp.js";
import { readGroups } from "../../../decision_engine/hosts/javascript/consent_groups.js";
import { readReceipt } from "../../../decision_engine/hosts/javascript/consent_receipts.js";
import { findCookies, gateRequest, withDenied } from "../../../decision_engine/hosts/javascript/consent_requests.js";
import { createGate } from "../../../decision_engine/hosts/javascript/consent_stage.js";
import { createJars, signalNames } from "../../../decision_engine/hosts/javascript/service_cookies.js";
import { CANADA, EUROPE, readTc } from "../../../decision_engine/hosts/javascript/consent_tcf.js";

/** Each takes the members of a line; the first whose name is a member is meant. */
const OPERATIONS = {
  tc: ({ tc, layout }) => {
    const found = readTc(tc, layout === "canada" ? CANADA : EUROPE);
    if (found === null) return null;
    const { disclosesVendors, ...others } = found;
    return { ...others, discloses_vendors: disclosesVendors };
  },
  gpp: ({ gpp }) => pairs(readGpp(gpp)),
  us: ({ us, section }) => {
    const found = readAnyUs(section, us);
    return found === null ? null : { opt_outs: found.optOuts, children: found.children, gpc: found.gpc };
  },
  groups: ({ groups }) => pairs(readGroups(groups)),
  gpc: ({ gpc }) => isOptedOut(gpc),
  receipt: async ({ receipt, keys, pseudonym, epoch, at }) => shown(await verify(receipt, keys, pseudonym, epoch, at)),
  /** `gate`: signals; `at`; `configuration` is that of the last line that had one. */
  gate: ({ gate, at }) => decideConsent(current, { ...gate, receipt: unshown(gate.receipt) }, at),
  cookies: ({ cookies, names }) => Object.fromEntries([...findCookies(cookies, names)].sort()),
  /** `seen`: what the platform saw; `table`: the gate's; `request`; the denied purposes that the request then has. */
  seen: ({ seen, table, request, at }) => withDenied(request, gateRequest(table, seen, at)).consent.denied,
  /** `stage`: requests with their times, of one gate that remembers; how many differ from one that does not. */
  stage: async ({ stage, table }) => {
    const gate = createGate(table, new Map());
    const jarOf = createJars(signalNames(table));
    let differ = 0;
    for (const { seen, at } of stage) {
      const found = (await gate.rule({ ...seen, jar: jarOf(seen.cookie) }, null, { stopped: null, epoch: 0 }, at)).outcome;
      if (JSON.stringify(found) !== JSON.stringify(gateRequest(table, seen, at))) differ += 1;
    }
    return { differ, ...gate.counters };
  },
  /** `grants`: texts for one signal of `signal`; the purposes allowed for each, as a number of one bit each. */
  grants: ({ grants, signal, base, at }) =>
    grants.map((text) => maskOf(decideConsent(current, { ...base, [signal]: text }, at).rulings)),
  /** `times`: texts; the slowest of `rounds` and the 99th percentile of all, in microseconds, a decoder. */
  times: ({ times, decoder, rounds }) => measure(times, DECODERS[decoder], rounds),
};
const DECODERS = { tc: (text) => readTc(text), gpp: (text) => readWhole(text), bits: (text) => openBits(text) };
const encoder = new TextEncoder();
let current;

let text = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const line of text.split("\n").filter((one) => one !== "")) {
  const operation = JSON.parse(line);
  if (operation.configuration !== undefined) current = operation.configuration;
  const name = Object.keys(OPERATIONS).find((one) => Object.hasOwn(operation, one));
  answers.push(JSON.stringify(await OPERATIONS[name](operation)));
}
process.stdout.write(`${answers.join("\n")}\n`);

function readWhole(text) {
  const sections = readGpp(text);
  if (sections !== null) for (const [number, section] of sections) number === 2 ? readTc(section) : readAnyUs(number, section);
}

function measure(texts, decode, rounds) {
  for (let i = 0; i < 2000; i += 1) for (const one of texts.slice(0, 20)) decode(one);
  const all = [];
  let worst = 0;
  for (const one of texts) {
    let best = Infinity;
    for (let i = 0; i < rounds; i += 1) {
      const start = process.hrtime.bigint();
      decode(one);
      best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000);
    }
    all.push(best);
    worst = Math.max(worst, best);
  }
  all.sort((a, b) => a - b);
  return { p99: all[Math.floor(all.length * 0.99)], worst };
}

async function verify(receipt, keys, pseudonym, epoch, at) {
  const opened = new Map();
  for (const [id, key] of Object.entries(keys)) {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    opened.set(id, await crypto.subtle.importKey("raw", encoder.encode(key), algorithm, false, ["verify"]));
  }
  return readReceipt(receipt, opened, pseudonym, epoch, at);
}

function maskOf(rulings) {
  return rulings.reduce((mask, { allowed }, index) => mask | (Number(allowed) << index), 0);
}

function pairs(map) {
  return map === null ? null : [...map];
}

function shown({ granted, refused }) {
  return { granted: [...granted].sort(), refused };
}

function unshown(receipt) {
  return receipt === null || receipt === undefined ? null : { ...receipt, granted: new Set(receipt.granted) };
}
