/** RFC 3339 timestamps in one strict form, as milliseconds UTC. */

const DAY = 86400000;
const MINUTE = 60000;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const COLON = 58;
const LETTER_T = 84;
const LETTER_Z = 90;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Read `YYYY-MM-DDTHH:MM:SS[.f{1,9}](Z or +HH:MM or -HH:MM)`.
 * @param {string} text
 * @returns {number | undefined} ms UTC; undefined when the text has another form or is no real date
 */
export function parseTimestamp(text) {
  if (text.length < 20 || text.length > 35 || !hasMarks(text)) return undefined;
  const year = pair(text, 0) * 100 + pair(text, 2);
  const month = pair(text, 5);
  const day = pair(text, 8);
  const time = timeOfDay(pair(text, 11), pair(text, 14), pair(text, 17));
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  const zone = text.charCodeAt(19) === POINT ? endOfDigits(text, 20) : 19;
  if (zone === 20 || zone > 29) return undefined;
  const ms = milliseconds(text, zone);
  const instant = daysBefore(year, month, day) * DAY + time + ms - offsetMinutes(text, zone) * MINUTE;
  return Number.isNaN(instant) ? undefined : instant;
}

function hasMarks(text) {
  return (
    text.charCodeAt(4) === MINUS &&
    text.charCodeAt(7) === MINUS &&
    text.charCodeAt(10) === LETTER_T &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  );
}

/** The number that two ASCII digits at `at` write, or NaN. */
function pair(text, at) {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function endOfDigits(text, start) {
  let end = start;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1;
  return end;
}

/** The first three digits of the fraction, whose digits end at `zone`; 0 without a fraction. */
function milliseconds(text, zone) {
  let ms = 0;
  if (zone > 20) ms += (text.charCodeAt(20) - 48) * 100;
  if (zone > 21) ms += (text.charCodeAt(21) - 48) * 10;
  if (zone > 22) ms += text.charCodeAt(22) - 48;
  return ms;
}

function timeOfDay(hours, minutes, seconds) {
  return hours <= 23 && minutes <= 59 && seconds <= 59 ? (hours * 3600 + minutes * 60 + seconds) * 1000 : NaN;
}

function offsetMinutes(text, start) {
  const sign = text.charCodeAt(start);
  if (sign === LETTER_Z) return text.length === start + 1 ? 0 : NaN;
  if ((sign !== PLUS && sign !== MINUS) || text.length !== start + 6 || text.charCodeAt(start + 3) !== COLON) return NaN;
  const hours = pair(text, start + 1);
  const minutes = pair(text, start + 4);
  if (!(hours <= 23 && minutes <= 59)) return NaN;
  return sign === PLUS ? hours * 60 + minutes : -(hours * 60 + minutes);
}

function isLeap(year) {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(year, month) {
  return month === 2 && isLeap(year) ? 29 : MONTH_DAYS[month - 1];
}

/** Days from 1970-01-01 to a Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
function daysBefore(year, month, day) {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}
