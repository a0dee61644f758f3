/** From a request to the vector: each feature is read, checked, aged, and written by functions prepared once. */

import { prepareClock } from "./clocks.js";
import { prepareWriter } from "./elements.js";
import { putHalves, SECOND_SEED } from "./murmur.js";
import { preparePlace } from "./named_hash.js";
import { objectOf, own, ownObject } from "./objects.js";
import { isPlainObject, preparePlain, preparePlains, putPlains } from "./plain.js";
import { acceptText, acceptTimestamp, prepareAcceptor, prepareTextParser } from "./values.js";
import { createVisitor } from "./visitor_features.js";

const TEXT_GROUPS = ["headers", "cookies", "query"];
const OBSERVED_GROUPS = ["geo", "device", "language", "local", ...TEXT_GROUPS];
const NO_PURPOSES = [];
const FEW = 32; // elements of the vector, and purposes

/**
 * @typedef {object} View what one request shows to the features
 * @property {object} request
 * @property {(object | undefined)[]} groups the request's groups that features read, in the order of first use
 * @property {object | undefined} features the request's values by feature name
 * @property {object | undefined} timestamps
 * @property {object | undefined} units
 * @property {unknown[]} denied the purposes that are denied
 * @property {string} agedGroup the group whose timestamp was read last; "" for none
 * @property {number | undefined} written that timestamp, ms UTC
 * @property {object | null} incoming what the platform observed; null for a request that did not come by HTTP
 * @property {object | null} known what is known of features besides, by name; null for nothing
 * @property {object | undefined} knownTimes the timestamps of those
 */

/**
 * @typedef {ReturnType<typeof prepareFeature>} Feature
 */

/**
 * @typedef {object} Reading how a feature was read
 * @property {string} name
 * @property {import("./values.js").Value | undefined} value
 * @property {"present" | "default" | "stale" | "denied" | "missing"} status
 * @property {number | null} age in ms; null when no timestamp is known
 */

/**
 * @callback Encode
 * @param {object} request
 * @param {object | null} incoming what the platform observed; null for a request that did not come by HTTP
 * @param {number} at the time of the request, ms UTC
 * @param {Float64Array} vector
 * @param {(text: string, seed: number) => number} hash MurmurHash3_x86_32 of the text's UTF-8
 * @returns {void}
 */

/**
 * Prepare the encoder.
 * @param {object} tables
 * @param {(incoming: object, group: string, key: string) => unknown} observe reads an observed value, or undefined
 * @returns {{encode: Encode, read: (request: object, at: number, incoming?: object | null) => Reading[], bare: Float64Array, clocks: Function[],
 *   observed: () => Feature[], featureAt: (index: number) => Feature}} `encode` fills the vector; `read` shows the features'
 *   values, in the tables' order; `bare` is the vector of a request that tells nothing, without units and time; `clocks`
 *   write the local times; `observed` are the features that the platform may observe; `featureAt` gives any of them
 */
export function createEncoder(tables, observe) {
  const groupNames = [...new Set(tables.features.map(({ path }) => path[0]))];
  const purposes = [...new Set(tables.features.flatMap(({ purposes: own }) => own))];
  const features = []; // each is prepared when it is needed: a cold start has other things to do
  const visit = createVisitor(tables);
  const featureAt = (index) => (features[index] ??= prepareFeature(tables.features[index], tables.automata, index, visit));
  const units = tables.units.map(prepareUnit);
  const clocks = tables.clocks.map(prepareClock);
  // The vector of a request that tells nothing: most of a request's groups are absent, and need not be looked at.
  const bare = new Float64Array(tables.width).fill(NaN);
  tables.features.forEach(({ default: given }, index) => {
    if (given !== null) writeFallback(featureAt(index), bare);
  });
  let groups = null; // until the first request that is no page view

  function getReady() {
    tables.features.forEach((table, index) => {
      const feature = featureAt(index);
      const { path, write } = feature;
      feature.find = prepareFinder(path, groupNames.indexOf(path[0]), feature.visit ?? observe);
      feature.plain = TEXT_GROUPS.includes(path[0]) ? null : preparePlain(table, write);
    });
    groups = groupNames.map((name) => prepareGroup(name, features));
  }

  function observed() {
    const indices = tables.features.map(({ path }, index) => (OBSERVED_GROUPS.includes(path[0]) ? index : -1));
    return indices.filter((index) => index >= 0).map(featureAt);
  }

  function encode(request, incoming, at, vector, hash) {
    if (groups === null) getReady();
    const view = viewOf(request, incoming, groupNames, purposes);
    putBare(vector);
    if (view.features !== undefined || view.denied.length > 0 || view.known !== null) putAll(view, at, vector);
    else putGroups(view, at, vector);
    if (units.length > 0) putUnits(units, view.units, vector, hash);
    if (tables.now !== null) vector[tables.now] = at;
    for (let i = 0; i < clocks.length; i += 1) clocks[i](vector, at);
  }

  /** A loop writes few numbers in less time than a call of the runtime takes to begin. */
  function putBare(vector) {
    if (bare.length > FEW) vector.set(bare);
    else for (let i = 0; i < bare.length; i += 1) vector[i] = bare[i];
  }

  function putAll(view, at, vector) {
    vector.fill(NaN);
    putFeatures(features, view, at, vector);
  }

  function putGroups(view, at, vector) {
    for (let i = 0; i < groups.length; i += 1) {
      const group = groups[i];
      const given = view.groups[i];
      if (given !== undefined && isPlainObject(given) && !(group.isAged && isStamped(group, view.timestamps))) {
        putGroup(group, given, view, at, vector);
      } else if (Object.hasOwn(view.request, group.name) || (view.incoming !== null && group.isObserved)) {
        putFeatures(group.features, view, at, vector);
      }
    }
  }

  function read(request, at, incoming = null) {
    if (groups === null) getReady();
    const view = viewOf(request, incoming, groupNames, purposes);
    return features.map((feature) => explain(feature, view, at));
  }

  return { encode, read, bare, clocks, observed, featureAt };
}

/**
 * The purposes that a request's consent denies; a list may hold other things than texts, which deny nothing.
 * @param {object} request
 * @returns {unknown[]}
 */
export function deniedPurposes(request) {
  const denied = own(ownObject(request, "consent"), "denied");
  return Array.isArray(denied) ? denied : NO_PURPOSES;
}

/**
 * Tell whether a raw value can be the id of a unit: text as of a feature, and not empty.
 * @param {unknown} raw
 * @returns {boolean}
 */
export function isUnit(raw) {
  return raw !== "" && acceptText(raw) !== undefined;
}

function viewOf(given, incoming, groupNames, purposes) {
  const request = isPlainObject(given) ? given : { __proto__: null, ...given };
  const groups = new Array(groupNames.length);
  for (let i = 0; i < groups.length; i += 1) groups[i] = objectOf(request[groupNames[i]]);
  const known = incoming === null ? undefined : incoming.known;
  return {
    request,
    groups,
    features: objectOf(request.features),
    timestamps: objectOf(request.timestamps),
    units: objectOf(request.units),
    denied: deniedBy(request, known, purposes),
    agedGroup: "",
    written: undefined,
    incoming,
    known: known?.features ?? null,
    knownTimes: known === undefined ? undefined : objectOf(known.timestamps),
  };
}

function deniedBy(request, known, purposes) {
  const given = request.consent === undefined ? NO_PURPOSES : deniedPurposes(request);
  // A list may be as long as a body: it is gone through once for each purpose, not once for each feature.
  const own = given.length <= FEW ? given : purposes.filter((purpose) => given.includes(purpose));
  if (known === undefined || known.denied.length === 0) return own;
  return own.length === 0 ? known.denied : [...own, ...known.denied];
}

function writeFallback({ fallback, write }, vector) {
  if (fallback !== undefined) write(vector, fallback);
}

function prepareGroup(name, features) {
  const own = features.filter(({ group }) => group === name);
  return {
    name,
    start: `${name}.`,
    features: own,
    isAged: own.some(({ isAged }) => isAged),
    isObserved: OBSERVED_GROUPS.includes(name),
    ...splitPlain(own),
  };
}

/** The plain features, of each key the first one; and the others. */
function splitPlain(features) {
  const byKey = new Map();
  const others = [];
  for (const feature of features) {
    const { plain } = feature;
    if (plain === null || byKey.has(plain.key)) others.push(feature);
    else byKey.set(plain.key, plain);
  }
  return { plains: preparePlains(byKey), others };
}

/** Tell whether a timestamp stands for the group or for one of its features. */
function isStamped({ name, start }, timestamps) {
  if (timestamps === undefined) return false;
  for (const key of Object.keys(timestamps)) {
    if (key === name || key.startsWith(start)) return true;
  }
  return false;
}

/** Write the features of a group that the request gives, none of which can be stale. */
function putGroup({ features, plains, others, isObserved }, given, view, at, vector) {
  if (isObserved && view.incoming !== null) {
    putFeatures(features, view, at, vector);
    return;
  }
  if (plains !== null) putPlains(plains, given, vector);
  putFeatures(others, view, at, vector);
}

function prepareFeature(feature, automata, number, visit) {
  const accept = prepareAcceptor(feature);
  const write = prepareWriter(feature, automata);
  const { name, path } = feature;
  return {
    number,
    name,
    path,
    aged: path.join("."),
    group: path[0],
    visit: visit(feature),
    find: null, // with `plain` made ready by the first request that is no page view
    parse: TEXT_GROUPS.includes(path[0]) ? prepareTextParser(feature.type) : null,
    accept,
    places: feature.inputs.map(({ at }) => at),
    fallback: accept(feature.default),
    maxAge: feature.max_age ?? Infinity,
    isAged: feature.max_age !== null,
    purposes: feature.purposes,
    write,
    plain: null,
  };
}

function putFeatures(features, view, at, vector) {
  for (let i = 0; i < features.length; i += 1) putFeature(features[i], view, at, vector);
}

function putFeature(feature, view, at, vector) {
  const value = served(feature, view, at);
  if (value !== undefined) feature.write(vector, value);
}

/** The value that a feature serves: its own, or its default where that is missing or stale; undefined when missing. */
function served(feature, view, at) {
  if (view.denied.length > 0 && isDenied(feature.purposes, view.denied)) return undefined;
  const value = feature.accept(rawValue(feature, view));
  return value === undefined || isStale(feature, view, at) ? feature.fallback : value;
}

function isStale(feature, view, at) {
  if (!feature.isAged || (view.timestamps === undefined && view.known === null)) return false;
  return ageOf(feature, view, at) > feature.maxAge;
}

/** What `served` gives, with how it came to it. */
function explain(feature, view, at) {
  const { name } = feature;
  const value = served(feature, view, at);
  if (isDenied(feature.purposes, view.denied)) return { name, value, status: "denied", age: null };
  const age = ageOf(feature, view, at);
  if (feature.accept(rawValue(feature, view)) === undefined) {
    return { name, value, status: feature.fallback === undefined ? "missing" : "default", age };
  }
  return { name, value, status: isStale(feature, view, at) ? "stale" : "present", age };
}

function isDenied(purposes, denied) {
  for (let i = 0; i < purposes.length; i += 1) {
    if (denied.includes(purposes[i])) return true;
  }
  return false;
}

function isKnown(feature, view) {
  return view.known !== null && Object.hasOwn(view.known, feature.name);
}

function rawValue(feature, view) {
  if (isKnown(feature, view)) return view.known[feature.name];
  if (view.features !== undefined && Object.hasOwn(view.features, feature.name)) return view.features[feature.name];
  const raw = feature.find(view);
  return feature.parse !== null && typeof raw === "string" ? feature.parse(raw) : raw;
}

function ageOf(feature, view, at) {
  const written = isKnown(feature, view) ? knownTime(feature, view.knownTimes) : givenTime(feature, view);
  return written === undefined ? null : Math.max(at - written, 0);
}

/**
 * The timestamp of a value that is known: that of its path, else that of its group.
 * @param {Feature} feature
 * @param {object | undefined} times
 * @returns {number | undefined} ms UTC
 */
export function knownTime(feature, times) {
  return acceptTimestamp(own(times, feature.aged)) ?? acceptTimestamp(own(times, feature.group));
}

function givenTime(feature, view) {
  if (view.timestamps === undefined) return undefined;
  return acceptTimestamp(own(view.timestamps, feature.aged)) ?? writtenOf(view, feature.group);
}

/** The timestamp of a group; features of a group mostly follow each other, so the last one is kept. */
function writtenOf(view, group) {
  if (view.agedGroup !== group) {
    view.agedGroup = group;
    view.written = acceptTimestamp(own(view.timestamps, group));
  }
  return view.written;
}

/** Prepare the walk of a path. */
function prepareFinder([group, key, ...rest], slot, observe) {
  if (key === undefined) return (view) => own(view.request, group);
  const find = OBSERVED_GROUPS.includes(group) ? observedMember(group, key, slot, observe) : givenMember(key, slot);
  return rest.length === 0 ? find : (view) => rest.reduce(own, find(view));
}

function givenMember(key, slot) {
  return (view) => {
    const given = view.groups[slot];
    return given !== undefined && Object.hasOwn(given, key) ? given[key] : undefined;
  };
}

/** As `givenMember`; where the request's group lacks the key, what was observed stands in. */
function observedMember(group, key, slot, observe) {
  return (view) => {
    const given = view.groups[slot];
    if (given !== undefined && Object.hasOwn(given, key)) return given[key];
    return view.incoming === null ? undefined : observe(view.incoming, group, key, view.request);
  };
}

function prepareUnit({ name, a, b, named = [] }) {
  const places = named.map(({ at, bucketing, before, after }) => ({ at, before, after, placeOf: preparePlace(bucketing) }));
  const isWhole = a !== null && b !== null;
  return (ids, vector, hash) => {
    const id = ids !== undefined && Object.hasOwn(ids, name) ? ids[name] : undefined;
    if (!isWhole || !putHalves(id, vector, a, b)) {
      if (!isUnit(id)) return;
      if (a !== null) vector[a] = hash(id, 0);
      if (b !== null) vector[b] = hash(id, SECOND_SEED);
    }
    for (let i = 0; i < places.length; i += 1) {
      const { at, before, after, placeOf } = places[i];
      vector[at] = placeOf(before + id + after, hash);
    }
  };
}

function putUnits(units, ids, vector, hash) {
  for (let i = 0; i < units.length; i += 1) units[i](ids, vector, hash);
}
