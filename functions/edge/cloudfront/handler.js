// What stands around the program in a viewer-request function. `names`, `payloads`, `leaves`, `neutral`, `token` and
// `tested` are put before it by the build: the decisions' names; the payloads' keys; by decision and leaf the payload,
// or -1 for a ranking; the neutral leaves; what the cache key begins with; the experiment of a leaf, by decision * 4096 +
// leaf. `decide` is the program.

// The request's object: the JSON text of the cookie, without escaped surrogates. Throws on any other text.
const read_object = () => {
  const text = cookie("edgewise");
  if (!text) return {};
  const value = JSON.parse(text);
  if (/\\u[dD][89a-fA-F]/.test(text) || !value || typeof value != "object" || Array.isArray(value)) throw text;
  return value;
};
// The id of the unit that a cookie names: as given, else the cookie's, else a new one unless a signal forbids it.
let fresh;
const identify = (name, cookie_name, may_draw) => {
  const id = given("units", name);
  if (id !== none) return unit(id);
  const known = unit(cookie(cookie_name));
  fresh = known || !may_draw || single_header("sec-gpc") == "1" || is_denied("storage") ? none : may_draw;
  return known || fresh;
};
// The live switches: `[sequence, until, name, ...]` as JSON, behind its signature and a space.
const read_switches = async now => {
  const value = await cf.kvs().get("edgewise");
  const body = value.slice(44);
  const mac = crypto.createHmac("sha256", "SWITCH_KEY").update(body).digest("base64url") + " ";
  // All characters are compared, so that the time tells nothing of the first that differs.
  let difference = 0;
  for (let at = 0; at < 44; at++) difference |= mac.charCodeAt(at) ^ value.charCodeAt(at);
  if (difference) return ["bad"];
  const list = JSON.parse(body);
  return list[1] > now ? list : ["expired"];
};
async function handler(event) {
  const now = Date.now();
  let switches = ["none"];
  let result = [neutral];
  try {
    switches = await read_switches(now);
  } catch (error) {}
  headers = event.request.headers;
  cookies = event.request.cookies;
  query = event.request.querystring;
  at = now;
  fresh = none;
  try {
    held = read_object();
    result = decide(event.context.requestId);
  } catch (error) {
    fresh = none;
    console.log("edgewise: " + error);
  }
  const put = (name, value) => {
    headers["x-edgewise-" + name] = { value: value };
  };
  const keys = [token];
  const codes = names.map((name, place) => {
    let code = result[0][place];
    if (
      switches.indexOf("decisions/" + name) > 0 ||
      switches.indexOf("experiments/" + tested[place * 4096 + code]) > 0
    ) code = neutral[place];
    const leaf = leaves[place][code];
    const shown = leaf < 0 ? result[1][place] : [leaf];
    keys.push(shown.join("."));
    put(name, shown.map(one => payloads[one]).join(","));
    return code;
  });
  put("key", keys.join("-"));
  put("leaves", codes.join("."));
  put("switches", switches[0] + "");
  put("unit", fresh || "-");
  return event.request;
}
