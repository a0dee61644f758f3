/** Small questions about ASCII text, asked without regular expressions. */

/**
 * Tell whether a text holds nothing but printable ASCII, 0x20 to 0x7E.
 * @param {string} text
 * @returns {boolean}
 */
export function isPrintable(text) {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit > 0x7e) return false;
  }
  return true;
}

/**
 * Trim spaces and tabs only.
 * @param {string} text
 * @returns {string}
 */
export function trimBlanks(text) {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/**
 * Tell whether a text is made of letters, digits, `_`, `.` and `-`.
 * @param {string} text
 * @returns {boolean}
 */
export function isPlainName(text) {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    const isLetter = (unit | 32) >= 97 && (unit | 32) <= 122;
    if (!isLetter && !(unit >= 48 && unit <= 57) && unit !== 95 && unit !== 46 && unit !== 45) return false;
  }
  return true;
}

/**
 * Tell whether a UTF-16 unit is a space or a tab.
 * @param {number} unit
 * @returns {boolean}
 */
export function isBlank(unit) {
  return unit === 0x20 || unit === 0x09;
}
