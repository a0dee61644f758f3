/**
 * Times the decoders of consent strings.
 *
 *     node decoders.mjs TEXTS ROUNDS
 *
 * TEXTS is a file of JSON, `{"tc": [...], "gpp": [...]}`. Of each text the least of the rounds counts, since other processes
 * interrupt some; prints `{"tc": {"p99", "worst"}, "gpp": {...}}` in microseconds.
 */

import { readFileSync } from "node:fs";

const HOST = new URL("../../decision_engine/hosts/javascript/", import.meta.url);
const { readTc } = await import(new URL("consent_tcf.js", HOST));
const { readAnyUs, readGpp } = await import(new URL("consent_gpp.js", HOST));

const TCF_SECTIONS = [2, 5];
const DECODERS = { tc: (text) => readTc(text), gpp: readWhole };
const WARM = 20_000;
const [path, rounds] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(path, "utf8"));
const found = {};
for (const [name, decode] of Object.entries(DECODERS)) found[name] = measure(texts[name], decode, Number(rounds));
process.stdout.write(JSON.stringify(found));

/** The header and every section behind it. */
function readWhole(text) {
  const sections = readGpp(text);
  if (sections === null) return;
  for (const [number, section] of sections) {
    if (TCF_SECTIONS.includes(number)) readTc(section);
    else if (number >= 6) readAnyUs(number, section);
  }
}

function measure(texts, decode, rounds) {
  for (let i = 0; i < WARM; i += 1) decode(texts[i % texts.length]);
  const times = texts.map((text) => {
    let least = Infinity;
    for (let i = 0; i < rounds; i += 1) {
      const start = process.hrtime.bigint();
      decode(text);
      least = Math.min(least, Number(process.hrtime.bigint() - start) / 1000);
    }
    return least;
  });
  times.sort((a, b) => a - b);
  return { p99: times[Math.floor(times.length * 0.99)], worst: times[times.length - 1] };
}
