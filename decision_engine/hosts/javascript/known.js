/**
 * What is known of a visitor besides his request, put into the vector of a page view: purposes that are denied withhold
 * features, and values that are known win over those that were read.
 */

import { knownTime } from "./encode.js";

const NOTHING = new Uint8Array();

/**
 * @typedef {object} Restraint what a list of denied purposes withholds
 * @property {Uint8Array} withheld 1 by the number of a feature
 * @property {number[]} places the elements of those features
 */

/** @type {Restraint} */
const FREE = { withheld: NOTHING, places: [] };

/**
 * Prepare what is known for one registry.
 * @param {object} tables
 * @param {(index: number) => import("./encode.js").Feature} featureAt
 * @returns {{restraintOf: (denied: string[]) => Restraint,
 *   put: (known: import("./messages.js").Known, restraint: Restraint, at: number, vector: Float64Array) => void}}
 *   `restraintOf` remembers by the list itself: whoever denies gives the same list for the same purposes
 */
export function createKnown({ features }, featureAt) {
  const numbers = new Map(features.map(({ name }, number) => [name, number]));
  const restraints = new WeakMap();

  function restraintOf(denied) {
    if (denied.length === 0) return FREE;
    let found = restraints.get(denied);
    if (found === undefined) {
      found = restrain(features, denied);
      restraints.set(denied, found);
    }
    return found;
  }

  function put(known, { withheld, places }, at, vector) {
    if (known.features !== null) {
      for (const name in known.features) {
        const number = Object.hasOwn(known.features, name) ? numbers.get(name) : undefined;
        if (number !== undefined && withheld[number] !== 1) putValue(featureAt(number), known, at, vector);
      }
    }
    for (let i = 0; i < places.length; i += 1) vector[places[i]] = NaN;
  }

  return { restraintOf, put };
}

function restrain(features, denied) {
  const withheld = Uint8Array.from(features, ({ purposes }) => (purposes.some((name) => denied.includes(name)) ? 1 : 0));
  const places = features.flatMap(({ inputs }, number) => (withheld[number] === 1 ? inputs.map(({ at }) => at) : []));
  return { withheld, places };
}

function putValue(feature, { features, timestamps }, at, vector) {
  const { accept, fallback, isAged, maxAge, name, places, write } = feature;
  let value = accept(features[name]);
  if (value !== undefined && isAged) {
    const written = knownTime(feature, timestamps ?? undefined);
    if (written !== undefined && at - written > maxAge) value = undefined;
  }
  value ??= fallback;
  if (value !== undefined) write(vector, value);
  else for (let i = 0; i < places.length; i += 1) vector[places[i]] = NaN;
}
