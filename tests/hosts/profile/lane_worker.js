/** A worker with the KV lane and nothing else; its KV is the service bound as KV. */

import { createProfiles } from "./profiles.js";

let profiles = null;
let begun = 0;

export default {
  async fetch(request, env, context) {
    const { searchParams } = new URL(request.url);
    const visitor = searchParams.get("visitor");
    if (visitor === null) return new Response("");
    profiles ??= open(env);
    begun ||= Date.now();
    const keep = searchParams.has("keep") ? (work) => context.waitUntil(work) : null;
    // Time stands still in a worker while it computes; what waits is input and output.
    const started = Date.now();
    const at = Number(env.AT) + started - begun;
    const profile = await profiles.readStored(visitor, at, Number(searchParams.get("budget")), keep);
    return Response.json({ known: profile !== null, waited: Date.now() - started, counters: profiles.counters });
  },
};

function open(env) {
  const secrets = new Map(
    Object.entries(env.KEYS).map(([id, secret]) => [id, Uint8Array.from(atob(secret), (one) => one.charCodeAt(0))]),
  );
  const get = async (key) => {
    const answer = await env.KV.fetch(`http://kv/${key}`);
    return answer.status === 404 ? null : answer.text();
  };
  return createProfiles(env.TABLE, secrets, { kv: { get } });
}
