/**
 * Counts what a page asks of the rewriter. HTMLRewriter keeps every open element in a memory of a few megabytes, and where that
 * is full the page ends in the middle: 16,000 to 20,000 elements that are never closed do it. The guard tells before.
 */

const MOST_OPEN = 8192;
const LESS = 0x3c;
const SLASH = 0x2f;
/** How elements begin that hold nothing; of `br` and `hr` the third letter is none. */
const VOID = ["br", "hr", "are", "emb", "img", "inp", "lin", "met", "sou", "tra", "wbr"];

/**
 * Begin to count a page.
 * @param {number} longest bytes in all
 * @returns {Guard}
 */
export function createGuard(longest) {
  return new Guard(longest);
}

/** Bytes, and opening tags less closing ones; `<img>` and its like, which hold nothing, are not counted. */
class Guard {
  constructor(longest) {
    this.left = longest;
    this.open = 0;
  }

  /**
   * Tell how many of the next bytes the rewriter may have too.
   * @param {Uint8Array} chunk
   * @returns {number} fewer than all where it becomes too much; then it may have none of what follows
   */
  take(chunk) {
    const most = Math.min(chunk.length, this.left);
    this.left -= most;
    for (let at = chunk.indexOf(LESS); at >= 0 && at < most; at = chunk.indexOf(LESS, at + 1)) {
      const first = chunk[at + 1];
      if (first === SLASH) this.open = Math.max(this.open - 1, 0);
      // What a chunk's end cuts counts as an element.
      else if (first === undefined || (isLetter(first) && !isVoid(chunk, at + 1))) this.open += 1;
      if (this.open > MOST_OPEN) return at;
    }
    return most;
  }
}

function isVoid(chunk, at) {
  const third = chunk[at + 2];
  const two = String.fromCharCode(chunk[at] | 32, chunk[at + 1] | 32);
  return VOID.includes(isLetter(third) ? two + String.fromCharCode(third | 32) : two);
}

function isLetter(byte) {
  return (byte | 32) >= 97 && (byte | 32) <= 122;
}
