/** RFC 3339 timestamps in one strict form, as milliseconds UTC. */

const DAY = 86400000;
const MINUTE = 60000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Read `YYYY-MM-DDTHH:MM:SS[.f{1,9}](Z or +HH:MM or -HH:MM)`.
 * @param {string} text
 * @returns {number | undefined} ms UTC; undefined when the text has another form or is no real date
 */
export function parseTimestamp(text) {
  if (text.length < 20 || text.length > 35) return undefined;
  if (text[4] !== "-" || text[7] !== "-" || text[10] !== "T" || text[13] !== ":" || text[16] !== ":") return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const time = timeOfDay(text, 11);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  const zone = text[19] === "." ? endOfDigits(text, 20) : 19;
  if (zone === 20 || zone > 29) return undefined;
  const offset = offsetMinutes(text, zone);
  const ms = zone === 19 ? 0 : digits(text.slice(20, zone).padEnd(3, "0"), 0, 3);
  const instant = daysBefore(year, month, day) * DAY + time + ms - offset * MINUTE;
  return Number.isNaN(instant) ? undefined : instant;
}

/** The number that the ASCII digits from `start` to `end` write, or NaN. */
function digits(text, start, end) {
  let number = 0;
  for (let i = start; i < end; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    number = number * 10 + digit;
  }
  return number;
}

function endOfDigits(text, start) {
  let end = start;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1;
  return end;
}

function timeOfDay(text, start) {
  const hours = digits(text, start, start + 2);
  const minutes = digits(text, start + 3, start + 5);
  const seconds = digits(text, start + 6, start + 8);
  return hours <= 23 && minutes <= 59 && seconds <= 59 ? (hours * 3600 + minutes * 60 + seconds) * 1000 : NaN;
}

function offsetMinutes(text, start) {
  if (text[start] === "Z") return text.length === start + 1 ? 0 : NaN;
  if ((text[start] !== "+" && text[start] !== "-") || text.length !== start + 6 || text[start + 3] !== ":") return NaN;
  const hours = digits(text, start + 1, start + 3);
  const minutes = digits(text, start + 4, start + 6);
  if (!(hours <= 23 && minutes <= 59)) return NaN;
  return text[start] === "+" ? hours * 60 + minutes : -(hours * 60 + minutes);
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
