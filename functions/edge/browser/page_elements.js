/** Elements of the vector that are no plain number, of an input, a value, all automata and the feature. Tables name those that they need. */

import { rankOf } from "./page_values.js";

export const levelOf = ({ levels }, text, automata, { values }) => placeOf(levels ?? values, text);
const placeOf = (levels, text) => (levels.includes(text) ? levels.indexOf(text) : levels.length);
export const hasTag = ({ tag }, tags) => tags.has(tag);
export const startsWith = ({ operand }, text) => text.startsWith(operand);
export const endsWith = ({ operand }, text) => text.endsWith(operand);
export const contains = ({ operand }, text) => text.includes(operand);
export const below = ({ operand }, text) => text < operand;
export const above = ({ operand }, text) => text > operand;
export const versionRank = ({ versions }, text) => rankOf(text, versions);

/** `next` has only the steps that lead somewhere, by the number of state and class; `accepting` lists states. */
export function matches({ automaton }, text, automata) {
  const { bounds, next, accepting } = automata[automaton];
  let state = 0;
  for (const character of text) {
    const point = character.codePointAt(0);
    state = next[state * (bounds.length + 1) + bounds.filter((bound) => bound <= point).length];
  }
  return accepting.includes(state); // no step leads on from nowhere: NaN is no member of `next`
}

const MINUTE = 60000;
const DAY = 1440 * MINUTE;

/** A zone's `changes` are minutes: start and offset of the first, then how much later each next one starts, and its offset. */
export function putClock({ weekday, minute, changes }, now, vector) {
  let offset = changes[1];
  for (let at = 2, start = changes[0]; at < changes.length; at += 2) {
    start += changes[at];
    if (start * MINUTE <= now) offset = changes[at + 1];
  }
  const local = now + offset * MINUTE;
  const days = Math.floor(local / DAY);
  vector[weekday] = (((days + 3) % 7) + 7) % 7;
  vector[minute] = Math.floor((local - days * DAY) / MINUTE);
}
