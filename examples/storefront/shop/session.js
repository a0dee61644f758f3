/** What the shop keeps of a session, in cookies that the edge reads: how much of what was looked at, and how pages do. */

const PREFIX = "nf_";
const KEPT = [
  "visits",
  "visitor_type",
  "pages",
  "product_pages",
  "product_seconds",
  "info_pages",
  "info_seconds",
  "bounce_rate",
  "exit_rate",
  "weekend",
  "month",
];
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const YEAR = 31_536_000;
const KINDS = { product: "product", delivery: "info" };

/** Count this page; the time on it is added when it is left. Only with consent. */
export function keepSession() {
  const { kind, bounceRate, exitRate } = document.body.dataset;
  const pages = number("pages");
  if (pages === 0) begin();
  write("pages", pages + 1);
  write("bounce_rate", average(number("bounce_rate"), Number(bounceRate), pages));
  write("exit_rate", average(number("exit_rate"), Number(exitRate), pages));
  const counted = KINDS[kind];
  if (counted === undefined) return;
  write(`${counted}_pages`, number(`${counted}_pages`) + 1);
  const start = Date.now();
  addEventListener("pagehide", () => {
    if (number("pages") > 0) write(`${counted}_seconds`, number(`${counted}_seconds`) + Math.round((Date.now() - start) / 1000));
  });
}

/** Keep nothing any more. */
export function forgetSession() {
  for (const name of KEPT) document.cookie = `${PREFIX}${name}=; Path=/; Max-Age=0`;
}

function begin() {
  const visits = number("visits") + 1;
  const now = new Date();
  document.cookie = `${PREFIX}visits=${visits}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
  write("visitor_type", visits > 1 ? "returning" : "new");
  write("month", MONTHS[now.getMonth()]);
  write("weekend", now.getDay() === 0 || now.getDay() === 6);
}

/** For this session: a cookie without an age. */
function write(name, value) {
  document.cookie = `${PREFIX}${name}=${value}; Path=/; SameSite=Lax`;
}

function number(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${PREFIX}${name}=`));
  return found === undefined ? 0 : Number(found.slice(found.indexOf("=") + 1)) || 0;
}

function average(before, value, count) {
  return ((before * count + value) / (count + 1)).toFixed(4);
}
