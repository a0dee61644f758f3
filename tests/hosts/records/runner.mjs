/** Runs lines of operations of records in node: lines of JSON in, lines of JSON out, in order. */

import { ageBin, numberBin } from "../../../decision_engine/hosts/javascript/records_bins.js";
import { createFields } from "../../../decision_engine/hosts/javascript/records_fields.js";
import { createRecorder } from "../../../decision_engine/hosts/javascript/records_recorder.js";
import { readTraceparent, startTrace, writeTraceparent } from "../../../decision_engine/hosts/javascript/records_trace.js";

/** Each takes the members of a line; the first whose name is a member is meant. */
const OPERATIONS = {
  steps: record,
  traceparent: ({ traceparent }) => {
    const trace = readTraceparent(traceparent);
    return trace === null ? null : [trace.trace, trace.span, trace.sampled];
  },
  start: ({ start, mode, ids }) => {
    const left = [...ids];
    return writeTraceparent(startTrace(start, mode, () => left.shift()));
  },
  fields: ({ fields, table }) => {
    const counted = [];
    const { shown, ids } = createFields(table, (name) => counted.push(name))(fields);
    return { shown: Object.fromEntries(shown), ids: Object.fromEntries(ids), counted };
  },
  numbers: ({ numbers, ages }) => [numbers.map(numberBin), ages.map(ageBin)],
  linger,
  measure,
};

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

async function record({ table, decisions, about, keys, random, answers: statuses = [], steps, time }) {
  let now = time;
  let drawn = 0;
  const left = [...statuses];
  const sent = [];
  const slept = [];
  const flushed = [];
  let counters = {};
  const recorder = createRecorder(table, decisions, about, {
    keys: keysOf(keys),
    sink: async (body, headers) => {
      const status = left.length > 0 ? left.shift() : 202;
      sent.push({ status, type: headers["content-type"], events: JSON.parse(body) });
      if (status === 0) throw new Error("the sink is away");
      return { status };
    },
    clock: () => now,
    random: () => random[drawn++ % random.length],
    newId: () => "r1",
    sleep: async (ms) => void slept.push(Number(ms.toFixed(6))),
    stages: () => counters,
  });
  for (const step of steps) {
    if (step.time !== undefined) now = step.time;
    else if (step.stages !== undefined) counters = step.stages;
    else if (step.flush !== undefined) flushed.push(await recorder.flush());
    else for (let i = 0; i < (step.times ?? 1); i += 1) recorder.record(factsOf(step.record, now));
  }
  return { sent, slept, flushed };
}

/**
 * A recorder whose callers wait for `drain` as a worker does, in virtual time. Steps: `ask` a request, let ms `pass`, have
 * the sink answer `with` a status from now on, after so many ms; a sink that answers with 0 never does.
 */
async function linger({ linger: steps, table, decisions, about, keys }) {
  let now = 1_795_255_200_000;
  let sleeping = [];
  let answer = { with: 202, after: 0 };
  const sent = [];
  const waits = [];
  const sleep = (ms) => new Promise((wake) => sleeping.push({ until: now + ms, wake }));
  const recorder = createRecorder(table, decisions, about, {
    keys: keysOf(keys),
    sink: async (body) => {
      const { with: status, after } = answer;
      sent.push({ status, at: now, body });
      if (status === 0) await new Promise(() => undefined);
      await sleep(after);
      return { status };
    },
    clock: () => now,
    random: () => 0.5,
    newId: () => "r1",
    sleep,
  });
  for (const step of steps) {
    if (step.with !== undefined) answer = { after: 0, ...step };
    if (step.ask !== undefined) {
      const isDue = recorder.record(factsOf(step.ask, now));
      waits.push(isDue);
      if (isDue) recorder.drain();
    }
    for (let passed = 0; passed <= (step.pass ?? 0); passed += 10) {
      if (passed > 0) now += 10;
      const due = sleeping.filter(({ until }) => until <= now);
      sleeping = sleeping.filter(({ until }) => until > now);
      for (const { wake } of due) wake();
      await new Promise(setImmediate);
    }
  }
  const told = sent.filter(({ status }) => status === 202).flatMap(({ body }) => JSON.parse(body));
  const requests = told.flatMap(({ data }) => data.lines ?? []).filter(({ kind }) => kind === "requests");
  return {
    sent: sent.map(({ status, at }) => [status, at - 1_795_255_200_000]),
    waits,
    told: requests.reduce((sum, { count }) => sum + count, 0),
    same: sent.length > 1 && sent[0].body === sent[1].body,
  };
}

function factsOf(given, at) {
  const { replaced, vector, readings, trace } = given;
  return {
    at,
    chosen: [0],
    codes: [0, 0, 0, 0, 0],
    status: 200,
    method: "GET",
    route: "/.edgewise/decide",
    ...given,
    replaced: replaced === undefined ? null : new Map(Object.entries(replaced).map(([name, one]) => [Number(name), one])),
    vector: vector === undefined ? null : Float64Array.from(vector, (one) => (one === null ? NaN : one)),
    readings: readings === undefined ? null : readings.map((one) => ({ ...one, value: valueOf(one.value) })),
    trace: trace === undefined ? null : { trace: trace[0], span: trace[1], sampled: trace[2] },
  };
}

function valueOf(value) {
  return Array.isArray(value) ? new Set(value) : (value ?? undefined);
}

function keysOf({ master, days = {} }) {
  return {
    master: master === undefined ? undefined : bytesOf(master),
    days: new Map(Object.entries(days).map(([day, key]) => [day, bytesOf(key)])),
  };
}

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

/**
 * Microseconds of processor time a request, at 3,000 requests a second: counting, keeping, and sending what was kept, all of it spread over
 * all requests. Who lingers waits in the time of the requests.
 */
async function measure({ measure: rounds, table, decisions, about, keys, random, facts }) {
  let now = 1_795_255_200_000;
  let drawn = 0;
  let bytes = 0;
  let sleeping = [];
  const recorder = createRecorder(table, decisions, about, {
    keys: keysOf(keys),
    sink: async (body) => {
      bytes += body.length;
      return { status: 202 };
    },
    clock: () => now,
    random: () => random[drawn++ % random.length],
    newId: () => "r1",
    sleep: (ms) => new Promise((wake) => sleeping.push({ until: now + ms, wake })),
  });
  const made = facts.map((one) => factsOf(one, now));
  const once = async (times) => {
    const start = process.cpuUsage();
    for (let i = 0; i < times; i += 1) {
      const one = made[i % made.length];
      one.at = now;
      if (one.units !== undefined) one.unit = `${one.units}${i % 100_000}`;
      if (recorder.record(one)) recorder.drain();
      if (i % 3 === 0) {
        now += 1;
        if (sleeping.some(({ until }) => until <= now)) {
          for (const { wake } of sleeping) wake();
          sleeping = [];
        }
        if (i % 300 === 0) await new Promise(setImmediate);
      }
    }
    const { user, system } = process.cpuUsage(start);
    return (user + system) / times;
  };
  await once(20_000);
  bytes = 0;
  const found = [await once(rounds), await once(rounds), await once(rounds)];
  return { micros: Math.min(...found), bytes: bytes / (3 * rounds) };
}
