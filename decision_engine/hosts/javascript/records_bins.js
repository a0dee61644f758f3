/** Fixed bins: where ages and numbers are counted, the same in every release and region, so that counts can be added. */

const FIRST_DECADE = -6;
const LAST_DECADE = 11;
const AGES = 26;

/** Milliseconds, each twice the one before: 1 s, 2 s, 4 s, ... 388 days. */
const AGE_BOUNDS = Float64Array.from({ length: AGES }, (_, power) => 1000 * 2 ** power);
const NUMBER_BOUNDS = numberBounds();

/**
 * The bin of an age: 0 below the first bound, n from bound n-1 on.
 * @param {number} age ms
 * @returns {number}
 */
export function ageBin(age) {
  return bisect(AGE_BOUNDS, age);
}

/**
 * The bin of a finite number, by two significant digits; that of a negative number is negative.
 * @param {number} number
 * @returns {number}
 */
export function numberBin(number) {
  return number >= 0 ? bisect(NUMBER_BOUNDS, number) : 0 - bisect(NUMBER_BOUNDS, -number);
}

/**
 * How many of the bounds, which ascend, a number reaches.
 * @param {ArrayLike<number>} bounds
 * @param {number} number
 * @returns {number}
 */
export function bisect(bounds, number) {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (number < bounds[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** From 0.000001 to 10^12, read from decimals so that they are the doubles nearest to these. */
function numberBounds() {
  const bounds = [];
  for (let decade = FIRST_DECADE; decade <= LAST_DECADE; decade += 1) {
    for (let digits = 10; digits < 100; digits += 1) {
      bounds.push(Number(`${Math.floor(digits / 10)}.${digits % 10}e${decade}`));
    }
  }
  bounds.push(1e12);
  return Float64Array.from(bounds);
}
