/** The headers of visitors that outcomes may depend on, for `vary`: a cache in front of the edge must tell them apart. */

const MOBILE = "sec-ch-ua-mobile";
const PLATFORM = "sec-ch-ua-platform";
/** What is seen of visitors, by its path, and the headers that it is seen by. Their place no header of theirs shows. */
const SEEN_BY = new Map([
  ["device.mobile", [MOBILE]],
  ["device.platform", [PLATFORM]],
  ["device.type", ["user-agent", "sec-ch-ua-form-factors", MOBILE, PLATFORM]],
  ["language.best", ["accept-language"]],
]);

/**
 * List the headers, from what the program's features read and what the service around it reads.
 * @param {object} tables
 * @returns {string[]} lower case, each once
 */
export function readVary({ features, units, identity, service }) {
  const names = new Set();
  for (const { path } of features) {
    if (path[0] === "headers") names.add(path[1]);
    if (path[0] === "cookies") names.add("cookie");
    for (const name of SEEN_BY.get(path.join(".")) ?? []) names.add(name);
  }
  const { gate = null, profile = null } = service ?? {};
  const namesVisitor = units.length > 0 && identity !== null;
  if (namesVisitor || gate !== null || profile !== null) names.add("cookie");
  if (gate !== null || (namesVisitor && identity.set_cookie)) names.add("sec-gpc");
  if (typeof profile?.header === "string") names.add(profile.header);
  return [...names];
}
