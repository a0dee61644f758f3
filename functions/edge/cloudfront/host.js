// The host of a viewer-request function: reads of docs/reference/host.md what such an event can feed. The build takes
// only what a program needs, and makes it short. Read it with these rules in mind:
//
// - `$` also matches before a line feed at the end, in njs; hence `(?!\s)$`;
// - no syntax that njs 0.7.9 refuses; every statement ends in a semicolon; a declaration starts at the line's beginning;
// - `none` is undefined; a missing element of the vector is NaN;
// - `held` is the request's object (the cookie `edgewise`), `headers`, `cookies` and `query` are the event's, `at` is the
//   time. They are set once a request, after all that is awaited.

let none;
const missing = NaN;
let held;
let headers;
let cookies;
let query;
let at;

const has_own = {}.hasOwnProperty;
// An own member of an object that is no array.
const own = (holder, key) =>
  holder && typeof holder == "object" && !Array.isArray(holder) && has_own.call(holder, key) ? holder[key] : none;
const else_use = (value, other) => value === none ? other : value;
// What the request's object holds at a path of two keys.
const given = (group, key) => own(own(held, group), key);
// The raw value of a feature: the entry in `features`, else `value`.
const named = (name, value) => else_use(given("features", name), value);
// The raw value at a path of two keys; `seen` is what the platform observed.
const read = (group, key, name, seen) => named(name || key, else_use(given(group, key), seen));
// The same, or none where it is older than `most`.
const read_aged = (most, group, key, name, seen) => aged(most, group, key, read(group, key, name, seen));

// What the platform observed.
const first = entry => entry && (entry.multiValue || [entry])[0].value;
const printable = text => /[^ -~]/.test(text) ? none : text;
const joined_header = name => {
  const entry = headers[name];
  return entry && (entry.multiValue || [entry]).map(one => one.value).join(", ");
};
const header = name => {
  const sent = joined_header(name);
  const text = sent && printable(sent);
  return text && text.length > 4096 ? none : text;
};
const cookie = name => {
  let text = first(cookies[name]);
  text = text && printable(text.trim());
  text = text && text.replace(/^"(.*)"$/, "$1");
  try {
    return text && decodeURIComponent(text);
  } catch (error) {
    return text;
  }
};
const parameter = name => {
  const text = first(query[name]);
  try {
    return text && decodeURIComponent(text.split("+").join(" "));
  } catch (error) {
    return none;
  }
};
const degrees = text => text ? +text : none;
// A header that comes once, as the platform's own do.
const single_header = name => printable((headers[name] || {}).value);
const device = name => single_header("cloudfront-is-" + name + "-viewer");
const flags = { true: true, false: false, "?1": true, "?0": false };
const device_mobile = () => else_use(flags[device("mobile")], flags[single_header("sec-ch-ua-mobile")]);
const hinted_platform = () => (/^"([^"\\]*)"$/.exec(single_header("sec-ch-ua-platform")) || [])[1];
const device_platform = () => device("android") == "true" ? "Android" : device("ios") == "true" ? "iOS" : hinted_platform();
const unmoved_type = platform => platform == "Android" ? "tablet"
  : ["Windows", "macOS", "Linux", "Chrome OS", "Chromium OS"].includes(platform) ? "desktop" : none;
const hinted_type = () => {
  const hint = single_header("sec-ch-ua-mobile");
  return hint == "?1" ? "mobile" : hint == "?0" ? unmoved_type(hinted_platform()) : none;
};
const seen_type = () => ["tablet", "mobile", "desktop"].filter(name => device(name) == "true")[0];
const device_type = () => device("smarttv") == "true" ? "tv" : hinted_type() || seen_type();
// The best of some languages (RFC 9110, 12.5.4; RFC 4647, 3.4); `none` for values takes what is liked best.
const range_form = /^(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:[ \t]*;[ \t]*q=([01](?:\.[0-9]{0,3})?))?$/i;
const range_of = (item, at) => {
  const found = range_form.exec(item) || [];
  const weight = +(found[2] || 1);
  return found[0] && weight <= 1 ? { sent: found[1], tag: found[1].toLowerCase(), weight: weight, at: at } : none;
};
const best_language = values => {
  const text = joined_header("accept-language") || "";
  if (text.length > 512) return none;
  const items = text.split(",").map(item => item.replace(/^[ \t]+|[ \t]+$/g, "")).filter(item => item);
  const ranges = items.map(range_of);
  if (ranges.length > 32 || ranges.includes(none)) return none;
  const refused = ranges.filter(one => !one.weight).map(one => one.tag);
  const liked = ranges.filter(one => one.weight && one.tag != "*").sort((a, b) => b.weight - a.weight || a.at - b.at);
  if (values === none) return (liked[0] || {}).sent;
  const tags = values.map(value => value.toLowerCase());
  for (let i = 0; i < liked.length; i++) {
    for (let tag = liked[i].tag; tag; tag = tag.replace(/(-[^-])*-?[^-]*$/, "")) {
      if (tags.includes(tag) && !refused.includes(tag)) return values[tags.indexOf(tag)];
    }
  }
  return none;
};
const words = text => text.split(" ");

// Text of headers, cookies and the query, by the feature's type.
const parse_bool = text => text === "true" || (text === "false" ? false : typeof text == "string" ? none : text);
const parse_number = text => {
  if (typeof text != "string") return text;
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?(?!\s)$/.test(text) && text.length < 33 ? +text : none;
};
const parse_time = text => else_use(parse_number(text), text);
const parse_tags = text => typeof text == "string" ? text ? text.split(",") : [] : text;

// Raw values become elements; `fallback` is what the default gives.
const is_text = value => typeof value == "string" && value.length < 4097;
const number_within = (value, high, fallback, low) =>
  typeof value == "number" && value >= (low || 0) && value <= high ? value : fallback;
const finite = (value, fallback) => number_within(value, 9007199254740991, fallback, -9007199254740991);
const truth = (value, fallback) => typeof value == "boolean" ? +value : fallback;
// The place of a text in a closed list.
const level = (value, list, fallback) => {
  value = typeof value == "string" ? list.indexOf(value) : -1;
  return value < 0 ? fallback : value;
};
// The place of a text in an open list.
const open_level = (value, list, fallback) =>
  is_text(value) ? (list.indexOf(value) + 1 || list.length + 1) - 1 : fallback;
const time = value => typeof value == "string" ? rfc3339(value)
  : typeof value == "number" && value % 1 == 0 && Math.abs(value) <= 864e13 ? value + 0 : none;
const rfc3339 = text => {
  const parts = /^(.{19})(\.\d{1,9})?(Z|([-+])([01]\d|2[0-3]):([0-5]\d))(?!\s)$/.exec(text);
  const exact = parts && parts[1] + ((parts[2] || ".") + "000").slice(0, 4) + "Z";
  const moment = Date.parse(exact);
  return exact > "0001" && new Date(moment || 0).toISOString() == exact
    ? moment - (parts[4] ? (parts[4] + 1) * (parts[5] * 60 + +parts[6]) * 6e4 : 0) : none;
};
const time_within = (value, high, fallback, low) => number_within(time(value), high, fallback, low);
const tags = value =>
  Array.isArray(value) && value.length < 257 && value.every(is_text) ? value : none;
const count_tags = (value, closed) =>
  value.filter((tag, place) => value.indexOf(tag) == place && (!closed || closed.indexOf(tag) >= 0)).length;
const has = (list, tag, fallback) => list ? +(list.indexOf(tag) >= 0) : fallback;
const text_or_none = (value, closed) =>
  is_text(value) && (!closed || closed.indexOf(value) >= 0) ? value : none;

// Where a text stands beside another in the order of UTF-16 code units: njs compares code points.
const order_at = (text, place) => {
  const point = place < text.length ? text.codePointAt(place) : -1;
  return point > 65535 ? 55296 + point / 2097152 : point;
};
const order = (text, other) => {
  let place = 0;
  while (place < text.length && text[place] === other[place]) place++;
  return order_at(text, place) - order_at(other, place);
};

// Ages: a stale value counts as none.
const written = key => time(given("timestamps", key));
const aged = (most, group, key, value) =>
  at - else_use(written(group + "." + key), written(group)) > most ? none : value;
const is_denied = purpose => {
  const list = given("consent", "denied");
  return Array.isArray(list) && list.indexOf(purpose) >= 0;
};

// Semantic versions as texts that sort as versions do.
const digits_key = text => String.fromCharCode(40 + text.length) + text;
const version_key = text => {
  const parts = is_text(text) && text.length < 257 && /^(\d+\.\d+\.\d+)(-([^+]*))?(\+(.*))?(?!\s)$/.exec(text);
  if (!parts) return none;
  const core = parts[1].split(".");
  const divide = part => part === none ? [] : part.split(".");
  const before = divide(parts[3]);
  return core.concat(before).some(part => /^0\d+$/.test(part)) ||
    !before.concat(divide(parts[5])).every(part => part && !/[^\dA-Za-z-]/.test(part)) ? none
    : core.map(digits_key).join("") + (before.map(part => /\D/.test(part) ? "#" + part : "!" + digits_key(part)).join("") || "~");
};
const version_rank = (key, sorted, fallback) => key === none ? fallback
  : 2 * sorted.filter(one => one < key).length + (sorted.indexOf(key) >= 0);

// Patterns as automata: a state is a text of "1" or "0" (accepting or not) and its steps, each of two characters that
// bound it and one for the next state, from "#" on.
const matches = (text, states) => {
  let state = states[0];
  for (let place = 0; state && place < text.length; place++) {
    let next = 1;
    while (text[place] < state[next] || text[place] > state[next + 1]) next += 3;
    state = states[state.charCodeAt(next + 2) - 35];
  }
  return state ? +state[0] : 0;
};
// The same with numbers, for patterns beyond ASCII.
const matches_wide = (text, states) => {
  let state = states[0];
  for (let place = 0; state && place < text.length; place++) {
    const point = text.codePointAt(place);
    if (point > 65535) place += "😀".length - 1;
    let next = 1;
    while (next < state.length && !(point >= state[next] && point <= state[next + 1])) next += 3;
    state = states[state[next + 2]];
  }
  return state ? state[0] : 0;
};

// The two hashes of a unit (MurmurHash3_x86_32, Austin Appleby, public domain).
const scramble = word => {
  word = Math.imul(word, 3432918353);
  return Math.imul(word << 15 | word >>> 17, 461845907);
};
const murmur = (text, hash) => {
  if (!text) return NaN;
  const bytes = Buffer.from(text);
  const size = bytes.length;
  let word = 0;
  for (let place = 0; place < size; place++) {
    word |= bytes[place] << place % 4 * 8;
    if (place % 4 > 2) {
      hash ^= scramble(word);
      hash = Math.imul(hash << 13 | hash >>> 19, 5) + 3864292196 | 0;
      word = 0;
    }
  }
  return scatter(hash ^ scramble(word) ^ size);
};
const second_hash = text => murmur(text, 2538058380);
const unit = id => id !== "" && is_text(id) ? id : none;
const unit_given = name => unit(given("units", name));

// Minutes east of UTC, from the weeks between the changes of two offsets.
const zone_offset = (change, weeks, shift, offset, other) => {
  let place = 0;
  for (; at >= change && place <= weeks.length; place++) {
    change += (weeks.charCodeAt(place) - 35) * 6048e5 + (place % 2 ? shift : -shift);
  }
  return place % 2 ? other : offset;
};
const zone_table = changes => {
  let offset = changes[0][1];
  changes.forEach(change => { if (change[0] <= at) offset = change[1]; });
  return offset;
};
const weekday = local => ((Math.floor(local / 864e5) + 3) % 7 + 7) % 7;
const minute = local => Math.floor((local - Math.floor(local / 864e5) * 864e5) / 6e4);
