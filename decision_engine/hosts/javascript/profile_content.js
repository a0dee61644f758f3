/**
 * What profiles hold: the content of a profile token, and of a visitor's entry in the KV.
 *
 *     [[AGE, ID, VALUE, ID, VALUE, ...], ...]
 *
 * Each list has what was written at one time, AGE seconds before the envelope was issued. An ID stands for a feature's name
 * and version (docs/profile.md), so that a value outlives a release and does not outlive its meaning. A value is a bool, a
 * number, a text, or a list of texts; which of them the feature's type takes, the encoder says.
 */

import { isPlainName } from "./ascii.js";
import { isWhole } from "./profile_envelope.js";

const MOST_LISTS = 16;
const MOST_VALUES = 64;
const MOST_TAGS = 256;
const ID_LENGTH = 4;

/**
 * @typedef {object} ProfileTable the lane in the tables of an artefact
 * @property {string} tenant goes into pseudonyms
 * @property {string} cookie the name of the cookie that brings a token
 * @property {string | null} header the name of the header that does
 * @property {number} max_age how old a token may be, in ms
 * @property {{name: string, ttl: number}[]} groups for how many ms a copy is used before a newer one is looked for
 * @property {{id: string, name: string, path: string, group: number}[]} features
 * @property {{timeout: number, absent: number, entries: number, warm: number} | null} store what the KV may take, in ms; for
 *   how many ms an absence is believed; how many visitors are remembered, and how many asked for in advance
 * @property {{cookie: string, max_age: number} | null} sticky
 */

/**
 * @typedef {object} Content
 * @property {Map<string, {value: unknown, written: number}>} values by feature, with the time in ms UTC
 * @property {number} ttl the least of the groups that it has values of, in ms; of all groups when it has none
 * @property {number} unknown how many values no feature of the table takes
 */

/**
 * Prepare the reading of contents.
 * @param {ProfileTable} table
 * @returns {(content: unknown, issued: number) => Content | null} null for any other form
 */
export function createContentReader({ groups, features }) {
  const known = new Map(features.map((feature) => [feature.id, feature]));
  const least = Math.min(...groups.map((group) => group.ttl));

  return (content, issued) => {
    if (!Array.isArray(content) || content.length > MOST_LISTS) return null;
    const seen = new Set();
    const values = new Map();
    let ttl = Infinity;
    for (const list of content) {
      if (!Array.isArray(list) || list.length % 2 === 0 || list.length < 3) return null;
      if (!isWhole(list[0], issued / 1000)) return null;
      const written = issued - list[0] * 1000;
      for (let i = 1; i < list.length; i += 2) {
        const id = list[i];
        if (typeof id !== "string" || id.length !== ID_LENGTH || !isPlainName(id)) return null;
        if (seen.has(id) || !isValue(list[i + 1]) || seen.size === MOST_VALUES) return null;
        seen.add(id);
        const feature = known.get(id);
        if (feature === undefined) continue;
        values.set(feature.name, { value: list[i + 1], written });
        ttl = Math.min(ttl, groups[feature.group].ttl);
      }
    }
    return { values, ttl: values.size === 0 ? least : ttl, unknown: seen.size - values.size };
  };
}

function isValue(value) {
  if (Array.isArray(value)) return value.length <= MOST_TAGS && value.every(isText);
  return typeof value === "boolean" || typeof value === "number" || typeof value === "string";
}

function isText(value) {
  return typeof value === "string";
}

/**
 * @typedef {object} Profile what is known of a visitor; frozen, since requests share it
 * @property {Record<string, unknown>} features raw values by name
 * @property {Record<string, number>} timestamps when they were written, in ms UTC, by path
 */

/**
 * Prepare the making of profiles.
 * @param {ProfileTable} table
 * @returns {(values: Content["values"]) => Profile}
 */
export function createProfileMaker({ features }) {
  const paths = new Map(features.map(({ name, path }) => [name, path]));

  return (values) => {
    const profile = { features: {}, timestamps: {} };
    for (const [name, { value, written }] of values) {
      profile.features[name] = value;
      const path = paths.get(name);
      const other = Object.hasOwn(profile.timestamps, path) ? profile.timestamps[path] : Infinity;
      profile.timestamps[path] = Math.min(other, written); // two features that share a path: the older time holds
    }
    Object.freeze(profile.features);
    Object.freeze(profile.timestamps);
    return Object.freeze(profile);
  };
}

/**
 * Take of each feature the value that was written last; where times are equal, the first one's.
 * @param {Content["values"]} first
 * @param {Content["values"]} second
 * @returns {Content["values"]}
 */
export function mergeValues(first, second) {
  const merged = new Map(first);
  for (const [name, one] of second) {
    const other = merged.get(name);
    if (other === undefined || one.written > other.written) merged.set(name, one);
  }
  return merged;
}
