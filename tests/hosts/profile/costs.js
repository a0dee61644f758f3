/** Measures what profiles cost a request: microseconds each, in whichever runtime imports it. */

import { createProfiles } from "./profiles.js";
import { createPseudonyms } from "./pseudonym.js";

const HMAC = { name: "HMAC", hash: "SHA-256" };
const NAME = "a=1; ew_visitor=0123456789abcdef; ew_profile=";

/**
 * @param {object} given table, keys, at; `signed`, `sealed` and `stored`: texts by visitor; `now`: a clock in ms
 * @returns {Promise<Record<string, number>>} µs
 */
export async function measureCosts({ table, keys, at, signed, sealed, stored, now }) {
  const secrets = new Map(Object.entries(keys).map(([id, secret]) => [id, fromBase64url(secret)]));
  const kv = { get: async (key) => stored[key.slice("profile/".length)] ?? null };
  const costs = {};
  for (const [name, tokens] of [["signed", signed], ["sealed", sealed]]) {
    const headers = Object.entries(tokens);
    const profiles = createProfiles({ ...table, store: null }, secrets);
    const read = ([visitor, token]) => profiles.readToken(cut(token), visitor, at);
    await warmUp(createProfiles({ ...table, store: null }, secrets), headers, at);
    costs[`${name}, first`] = await time(now, headers, 1, read);
    costs[`${name}, again`] = await time(now, headers, 20, read);
    costs[`${name}, refused`] = await time(now, headers, 1, ([visitor, token]) =>
      profiles.readToken(`${cut(token).slice(0, -1)}${token.endsWith("A") ? "E" : "A"}`, visitor, at),
    );
  }
  const visitors = Object.keys(signed);
  const profiles = createProfiles(table, secrets, { kv });
  costs["KV, first"] = await time(now, visitors, 1, (visitor) => profiles.readStored(visitor, at, 5000));
  costs["KV, memory"] = await time(now, visitors, 20, (visitor) => profiles.readStored(visitor, at, 5000));
  const late = at + table.groups[0].ttl;
  await time(now, Object.entries(signed), 1, ([visitor, token]) => profiles.read(cut(token), visitor, late, 5000));
  costs["token and memory joined, again"] = await time(now, Object.entries(signed), 20, ([visitor, token]) =>
    profiles.read(cut(token), visitor, late, 5000),
  );
  const pseudonyms = createPseudonyms(secrets.values().next().value, "shop");
  costs["pseudonym, first"] = await time(now, visitors, 1, (visitor) => pseudonyms.of(visitor));
  costs["pseudonym, again"] = await time(now, visitors, 20, (visitor) => pseudonyms.of(visitor));
  const key = await crypto.subtle.importKey("raw", secrets.values().next().value, HMAC, false, ["verify"]);
  const message = new TextEncoder().encode(Object.values(signed)[0]);
  const mac = new Uint8Array(32);
  costs["WebCrypto's HMAC alone"] = await time(now, visitors, 1, () => crypto.subtle.verify("HMAC", key, mac, message));
  costs["a header and a loop"] = await time(now, Object.entries(signed), 20, ([, token]) => cut(token).length);
  return costs;
}

async function warmUp(profiles, headers, at) {
  for (let i = 0; i < 3; i += 1) for (const [visitor, token] of headers) await profiles.readToken(token, visitor, at);
}

/** As a request brings it: a piece of a header that is new. */
function cut(token) {
  return (NAME + token).slice(NAME.length);
}

async function time(now, items, rounds, work) {
  let known = 0;
  const start = now();
  for (let i = 0; i < rounds; i += 1) {
    for (const item of items) {
      const found = work(item);
      if ((found instanceof Promise ? await found : found) !== null) known += 1;
    }
  }
  const spent = now() - start;
  if (known !== 0 && known !== rounds * items.length) throw new Error(`${known} of ${rounds * items.length}`);
  return (1000 * spent) / (rounds * items.length);
}

function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
