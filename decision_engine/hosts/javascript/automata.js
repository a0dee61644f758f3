/** Patterns, compiled to automata: one step a code point, whatever the pattern. */

const ASCII = 128;

/**
 * Prepare an automaton.
 * @param {{bounds: number[], next: number[], accepting: boolean[]}} automaton as in the tables
 * @returns {(text: string) => boolean} tells whether the whole text matches
 */
export function prepareAutomaton({ bounds, next, accepting }) {
  const classes = bounds.length + 1;
  const asciiClass = Uint32Array.from({ length: ASCII }, (_, point) => classOf(bounds, point));
  const states = Int32Array.from(next);
  return (text) => {
    let state = 0;
    for (let i = 0; i < text.length; i += 1) {
      const point = text.codePointAt(i);
      state = states[state * classes + (point < ASCII ? asciiClass[point] : classOf(bounds, point))];
      if (state < 0) return false;
      if (point > 0xffff) i += 1;
    }
    return Boolean(accepting[state]);
  };
}

/** How many of the sorted bounds are at most `point`. */
function classOf(bounds, point) {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle] <= point) low = middle + 1;
    else high = middle;
  }
  return low;
}
