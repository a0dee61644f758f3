/** The query of a target: pairs split at `&` and `=`, percent-decoded as UTF-8, `+` as space. */

const MOST_NAMES = 256;
const NONE = new Map();

/**
 * @typedef {object} Query
 * @property {string | null | undefined} document the text of the first `d`: null when it cannot be decoded, undefined
 *   when there is none
 * @property {Map<string, string>} parameters the first value of each other name, without pairs that cannot be decoded
 */

/**
 * Read the query of a target.
 * @param {string} text what follows the first `?`
 * @returns {Query}
 */
export function parseQuery(text) {
  const query = { document: undefined, parameters: NONE };
  let start = 0;
  while (start < text.length) {
    const mark = text.indexOf("&", start);
    const end = mark < 0 ? text.length : mark;
    if (end > start) takePair(text.slice(start, end), query);
    start = end + 1;
  }
  return query;
}

/**
 * Decode `%XX` as UTF-8 and `+` as space.
 * @param {string} text
 * @returns {string | null} null when that is not possible
 */
export function decodeComponent(text) {
  return decodePercent(text.includes("+") ? text.replaceAll("+", " ") : text);
}

/**
 * Decode `%XX` as UTF-8.
 * @param {string} text
 * @returns {string | null} null when that is not possible
 */
export function decodePercent(text) {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function takePair(piece, query) {
  const equals = piece.indexOf("=");
  const name = decodeComponent(equals < 0 ? piece : piece.slice(0, equals));
  const { parameters } = query;
  if (name === "d" && query.document === undefined) query.document = valueOf(piece, equals);
  if (name === "d" || name === null || parameters.has(name) || parameters.size === MOST_NAMES) return;
  const value = valueOf(piece, equals);
  if (value === null) return;
  if (parameters === NONE) query.parameters = new Map();
  query.parameters.set(name, value);
}

function valueOf(piece, equals) {
  return equals < 0 ? "" : decodeComponent(piece.slice(equals + 1));
}
