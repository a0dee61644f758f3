/**
 * Warms a host up while its module starts: some requests of its own, so that the runtime has compiled the path by the time
 * the first visitors come. Between short requests the optimised code lands late; a run at module start brings it forward.
 */

const DECIDE = "/.edgewise/decide";
const ROUNDS = 200;
const SAMPLES = { bool: true, number: 1, category: "x", text: "x", timestamp: 0, tags: ["x"], version: "1.0.0" };
const RESERVED = ["units", "timestamps"];

/**
 * Run sample requests; nothing is thrown, whatever the engine does.
 * @param {import("./host.js").Host} host
 * @param {object} tables
 */
export function warmUp(host, tables) {
  const target = `${DECIDE}?d=${encodeURIComponent(JSON.stringify(sampleRequest(tables)))}`;
  const cookie = tables.identity === null ? null : `${tables.identity.cookie}=00000000-0000-4000-8000-000000000000`;
  const view = { ...sampleOf(DECIDE), header: (name) => (name === "cookie" ? cookie : null) };
  for (let round = 0; round < ROUNDS; round += 1) {
    host.respond(sampleOf(target));
    viewQuietly(host, view);
  }
}

function viewQuietly(host, request) {
  try {
    host.view(request);
  } catch {
    // The same request fails again in `respond`, which tells of it.
  }
}

function sampleOf(target) {
  return { method: "GET", target, header: () => null, body: null, geo: null, device: null, at: 0, newId: () => "warm-up" };
}

/** A request that gives every feature and unit a value, stamped as written at the time of the request. */
function sampleRequest({ features, units }) {
  const request = { units: {}, timestamps: {} };
  for (const { name } of units) request.units[name] = "00000000-0000-4000-8000-000000000000";
  for (const { type, path, values } of features) {
    const [group, key, ...rest] = path;
    if (key === undefined || rest.length > 0 || RESERVED.includes(group)) continue;
    const [first = SAMPLES[type]] = type === "category" ? (values ?? []) : [];
    request[group] = { ...request[group], [key]: first };
    request.timestamps[group] = "1970-01-01T00:00:00Z";
  }
  return request;
}
