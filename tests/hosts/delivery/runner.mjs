/** Runs lines of operations of the delivery in node: lines of JSON in, lines of JSON out, in order. */

import { createDelivery } from "../../../decision_engine/hosts/javascript/deliver.js";
import * as escapes from "../../../decision_engine/hosts/javascript/deliver_escape.js";
import { answerHeaders, editProblem, mergeVary } from "../../../decision_engine/hosts/javascript/deliver_headers.js";
import { readPreview } from "../../../decision_engine/hosts/javascript/deliver_preview.js";
import { editChange, slotHtml } from "../../../decision_engine/hosts/javascript/deliver_slots.js";
import { readVary } from "../../../decision_engine/hosts/javascript/deliver_vary.js";

const encoder = new TextEncoder();
let delivery = null;

/** Each takes the members of a line; the first whose name is a member is meant. */
const OPERATIONS = {
  tables: ({ tables }) => {
    delivery = createDelivery(tables.service.delivery, tables);
    const { ownHeaders, steersOrigin, vary } = delivery;
    return { own_headers: ownHeaders, steers_origin: steersOrigin, vary };
  },
  html: ({ html }) => escapes.escapeText(html),
  attribute: ({ attribute }) => escapes.escapeAttribute(attribute),
  script: ({ script }) => escapes.escapeScript(script),
  part: ({ part }) => escapes.encodePart(part),
  url: ({ url }) => escapes.isSafeUrl(url),
  path: ({ path }) => escapes.isSitePath(path),
  slot: ({ slot, shown }) => slotHtml(slot, shown),
  edit: ({ edit, shown }) => editChange(edit, shown),
  plan: async ({ plan, token, keys, at }) => shownPlan(await planOf(plan, token, keys, at)),
  token: async ({ token, keys, at }) => {
    const secrets = new Map(Object.entries(keys).map(([id, key]) => [id, encoder.encode(key)]));
    return readPreview(token, secrets, at);
  },
  vary: ({ vary, names }) => mergeVary(vary, names),
  problem: ({ problem, headers, longest, decoded }) => editProblem(problem, reader(headers), longest, decoded),
  about: ({ about, headers }) => answerHeaders(about, reader(headers)),
  reads: ({ reads }) => readVary(reads),
  is_page: ({ is_page: [method, target, headers] }) => delivery.isPage(method, target, reader(headers)),
  destination: ({ destination }) => delivery.conditionalHeaders(destination),
  read: ({ read }) => delivery.read(read),
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

function reader(headers) {
  return (name) => (Object.hasOwn(headers, name) ? headers[name] : null);
}

async function planOf({ target, codes, replaced, cookie }, token, keys, at) {
  const secrets = new Map(Object.entries(keys ?? {}).map(([id, key]) => [id, encoder.encode(key)]));
  const preview = token === undefined ? null : await delivery.force(token, secrets, at);
  const others = replaced === undefined ? null : new Map(replaced.map(([number, one]) => [number, one]));
  const given = codes === null ? null : Int32Array.from(codes);
  return delivery.plan({ target, codes: given, replaced: others, preview, cookie: cookie ?? null });
}

function shownPlan(plan) {
  const page = { "content-type": "text/html", "cache-control": "public, max-age=60", vary: "Accept-Encoding", etag: '"1"' };
  return {
    redirect: plan.redirect === null ? null : [plan.redirect.status, plan.redirect.location],
    target: plan.target,
    token: plan.token,
    to_origin: plan.toOrigin,
    slots: [...plan.delivery.slots.keys(), "unknown", "__proto__"].map((name) => [name, plan.slot(name)]),
    edits: plan.edits().map(([selector, { text: own, attributes }]) => [selector, own, attributes]),
    data: plan.data(),
    problem: plan.problem(200, reader(page), false),
    edited: plan.headers(true, reader(page)),
    untouched: plan.headers(false, reader(page)),
    redirect_headers: plan.redirect === null ? null : plan.redirectHeaders(),
  };
}
