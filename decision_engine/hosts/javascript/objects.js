/** Reads members of objects that came from outside: own ones only, never an array's, never a prototype's. */

/**
 * Read an own member; `holder` may be anything.
 * @param {unknown} holder
 * @param {string} key
 * @returns {unknown} undefined when there is none
 */
export function own(holder, key) {
  if (typeof holder !== "object" || holder === null || Array.isArray(holder)) return undefined;
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

/**
 * Read an own member that is an object and no array.
 * @param {unknown} holder
 * @param {string} key
 * @returns {object | undefined}
 */
export function ownObject(holder, key) {
  return objectOf(own(holder, key));
}

/**
 * Take a value for an object that is no array.
 * @param {unknown} value
 * @returns {object | undefined}
 */
export function objectOf(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
